/**
 * Results as one HTML file that needs nothing else: styles and pictures are inside, no script runs,
 * no network is used. The same results give the same bytes.
 *
 * @module
 */

import { sealReport } from "../core/results/report_mark.ts";
import type { ResultFile } from "../core/results/result.ts";
import { renderPage } from "./render_page.ts";

/**
 * Renders results as one self-contained HTML page.
 *
 * Text from the results is escaped by preact. The modules that draw are loaded only here, so that
 * importing this one costs nothing.
 *
 * @throws {DataError} where the font of the charts is missing.
 * @throws {RangeError} where there is no result.
 */
export async function renderReport(results: readonly ResultFile[]): Promise<string> {
  if (results.length === 0) throw new RangeError("Cannot render a report: there is no result");
  const [{ ReportPage }, { drawCharts }] = await Promise.all([
    import("./report_page.tsx"),
    import("./charts.ts"),
  ]);
  const drawn = [];
  for (const result of results) drawn.push({ result, charts: await drawCharts(result) });
  return sealReport(await renderPage(ReportPage, { drawn }));
}
