/**
 * The summary of several tables as one HTML file that needs nothing else, and as lines for a terminal.
 *
 * @module
 */

import { sealReport } from "../core/results/report_mark.ts";
import {
  describeNumbers,
  describeTables,
  describeWork,
  stateOf,
  type TablesSummary,
} from "./all_model.ts";
import { cleanText, formatDuration } from "./format.ts";
import { renderPage } from "./render_page.ts";
import { layColumns } from "./text_layout.ts";

/**
 * Renders the page that leads to the reports. Text is escaped by preact; the modules that draw are
 * loaded only here.
 */
export async function renderAllPage(summary: TablesSummary): Promise<string> {
  const { AllPage } = await import("./all_page.tsx");
  return sealReport(await renderPage(AllPage, { summary }));
}

/** The summary as lines: a table each, then what failed. */
export function renderAllText(summary: TablesSummary): string {
  const { title, size, seconds, tables } = summary;
  const cells = tables.map((table) => [
    cleanText(table.table),
    stateOf(table),
    describeNumbers(table),
    describeWork(table),
    formatDuration(table.seconds),
  ]);
  const lines = cells.length === 0
    ? []
    : layColumns(cells, { right: [], flexible: 0, width: Infinity }).map((line) => `  ${line}`);
  const failed = tables.flatMap(({ table, failures }) =>
    failures.map(([id, reason]) =>
      `${cleanText(table)}${id === "" ? "" : `, ${cleanText(id)}`}: ${cleanText(reason)}`
    )
  );
  return [
    `${cleanText(title)} (size ${cleanText(size)}, ${formatDuration(seconds)})`,
    ...lines,
    describeTables(summary),
    ...failed.map((line) => `Failed: ${line}`),
    "",
  ].join("\n");
}
