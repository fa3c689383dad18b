/**
 * A history as one HTML file that needs nothing else: styles and charts are inside, no script runs, no
 * network is used. The same history gives the same bytes.
 *
 * @module
 */

import type { History } from "../../core/history/history.ts";
import type { LineFilter } from "../../core/history/line.ts";
import { sealReport } from "../../core/results/report_mark.ts";
import { cleanText } from "../format.ts";
import { renderPage } from "../render_page.ts";

/** Settings of {@linkcode renderHistoryPage}. */
export interface HistoryPageOptions extends LineFilter {
  /** Title of the page. @default {"History of the nightly benchmark"} */
  readonly title?: string;
}

/** What of a history is shown, in words. */
function describeFilter({ branch, table, size, machine, position }: LineFilter): string {
  const parts = Object.entries({ branch, table, size, machine })
    .flatMap(([name, value]) => value === undefined ? [] : [`${name} ${value}`]);
  return cleanText([...parts, ...position === undefined ? [] : ["chosen numbers"]].join(", "));
}

/**
 * Renders a history as one self-contained HTML page: what moved, and a chart for every number.
 *
 * Text from the history is escaped by preact. The modules that draw are loaded only here.
 *
 * @throws {DataError} where the history is damaged.
 */
export async function renderHistoryPage(
  history: History,
  options: HistoryPageOptions = {},
): Promise<string> {
  const [{ HistoryPage }, { judgeLines }] = await Promise.all([
    import("./history_page.tsx"),
    import("./history_model.ts"),
  ]);
  const { title = "History of the nightly benchmark", ...filter } = options;
  const nights = (await history.nights()).filter((night) =>
    (["branch", "table", "size", "machine"] as const)
      .every((key) => filter[key] === undefined || filter[key] === night[key])
  );
  const input = {
    title: cleanText(title),
    nights,
    lines: judgeLines(await history.lines(filter)),
    chosen: describeFilter(filter),
  };
  return sealReport(await renderPage(HistoryPage, { input }));
}
