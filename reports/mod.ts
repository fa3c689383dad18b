/**
 * Reports: result files as HTML, text and Markdown, and the comparison of two of them.
 *
 * @example The table of a result, as text
 * ```ts ignore
 * import { renderTextTable } from "@lgd-bench/lgd-bench/reports";
 * import { parseResult } from "@lgd-bench/lgd-bench/results";
 *
 * const path = "runs/table2-mini/result.json";
 * console.log(renderTextTable(parseResult(await Deno.readTextFile(path), path)));
 * ```
 *
 * @module
 */

export {
  type ComparedCell,
  type CompareOptions,
  compareResults,
  type ComparisonReport,
  type ComparisonVerdict,
  renderComparison,
} from "./compare.ts";
export { type HistoryPageOptions, renderHistoryPage } from "./history/render_history_page.ts";
export { renderMarkdownTable } from "./markdown_table.ts";
export { renderReport } from "./report.ts";
export { renderTextTable } from "./text_table.ts";
