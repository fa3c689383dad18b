/**
 * The speed benchmarks as one HTML file that needs nothing else.
 *
 * @module
 */

import { cleanBlock } from "../core/output.ts";
import type { SpeedFile } from "../core/results/speed_result.ts";

/**
 * Renders the page. Text is escaped by preact; the modules that draw are loaded only here.
 *
 * @throws {DataError} where the font of the charts is missing.
 */
export async function renderSpeedReport(file: SpeedFile): Promise<string> {
  const [{ h }, { renderToString }, { SpeedPage }, { drawSpeedCharts }] = await Promise.all([
    import("preact"),
    import("preact-render-to-string"),
    import("./speed_page.tsx"),
    import("./speed_charts.ts"),
  ]);
  const charts = await drawSpeedCharts(file);
  // Markup is escaped; what a terminal or the order of reading would obey is not.
  return cleanBlock(`<!doctype html>\n${renderToString(h(SpeedPage, { file, charts }))}\n`);
}
