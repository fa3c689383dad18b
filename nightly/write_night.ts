/**
 * What a night leaves to be read: a folder of pages, a summary, JUnit XML.
 *
 * @module
 */

import { join } from "node:path";
import { LgdBenchError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { openHistory } from "../core/history/history.ts";
import { sealReport } from "../core/results/report_mark.ts";
import { renderHistoryPage } from "../reports/history/render_history_page.ts";
import { renderPage } from "../reports/render_page.ts";
import { renderReport } from "../reports/report.ts";
import { renderSpeedReport } from "../reports/speed_report.ts";
import { renderJunit } from "./junit.ts";
import type { PageLink } from "./night_page.tsx";
import type { NightReport } from "./night_report.ts";
import { renderSummary } from "./summary.ts";

/** Paths of what was written. */
export interface NightFiles {
  /** The page; its folder can be published as it is. */
  readonly report: string;
  readonly summary: string;
  readonly junit: string;
}

/** The page of a night. */
export async function renderNightPage(
  report: NightReport,
  links: readonly PageLink[],
): Promise<string> {
  const { NightPage } = await import("./night_page.tsx");
  return sealReport(await renderPage(NightPage, { report, links }));
}

/** Writes the pages of a night, its summary and its JUnit XML. */
export async function writeNight(
  report: NightReport,
  { folder, history }: { folder: string; history: string },
): Promise<NightFiles> {
  const pages = join(folder, "report");
  await Deno.mkdir(pages, { recursive: true });
  const links: PageLink[] = [];
  const add = async (name: string, title: string, html: string) => {
    await writeFileAtomic(join(pages, `${name}.html`), html);
    links.push({ href: `${name}.html`, title });
  };
  for (const { name: table, size, result } of report.tables) {
    if (result === undefined) continue;
    const name = table.replaceAll(/[^\w.-]/g, "_");
    await add(name, `${result.title} (${size})`, await renderReport([result]));
  }
  if (report.speed !== undefined) {
    await add("speed", "Speed and memory", await renderSpeedReport(report.speed.bench));
  }
  try {
    using nights = await openHistory(history);
    if ((await nights.nights()).length > 0) {
      await add("history", "History", await renderHistoryPage(nights));
    }
  } catch (error) {
    // What is wrong with the history stands in the report already.
    if (!(error instanceof LgdBenchError)) throw error;
  }
  const files = {
    report: join(pages, "index.html"),
    summary: join(folder, "summary.md"),
    junit: join(folder, "junit.xml"),
  };
  await writeFileAtomic(files.report, await renderNightPage(report, links));
  await writeFileAtomic(files.summary, renderSummary(report));
  await writeFileAtomic(files.junit, renderJunit(report));
  return files;
}
