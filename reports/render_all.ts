/**
 * The summary of several tables as one HTML file that needs nothing else, and as lines for a terminal.
 *
 * @module
 */

import { cleanBlock } from "../core/output.ts";
import { sealReport } from "../core/results/report_mark.ts";
import {
  describeNumbers,
  describeTables,
  describeWork,
  stateOf,
  type TablesSummary,
} from "./all_model.ts";
import { cleanText, formatDuration } from "./format.ts";

/**
 * Renders the page that leads to the reports. Text is escaped by preact; the modules that draw are
 * loaded only here.
 */
export async function renderAllPage(summary: TablesSummary): Promise<string> {
  const [{ h }, { renderToString }, { AllPage }] = await Promise.all([
    import("preact"),
    import("preact-render-to-string"),
    import("./all_page.tsx"),
  ]);
  return sealReport(
    cleanBlock(`<!doctype html>\n${renderToString(h(AllPage, { summary }))}\n`),
  );
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
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(0, ...cells.map((texts) => texts[column]!.length))
  );
  const lines = cells.map((texts) =>
    `  ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ")}`
  );
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
