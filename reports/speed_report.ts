/**
 * The speed benchmarks as one HTML file that needs nothing else.
 *
 * @module
 */

import type { SpeedFile } from "../core/results/speed_result.ts";
import { renderPage } from "./render_page.ts";

/**
 * Renders the page. Text is escaped by preact; the modules that draw are loaded only here.
 *
 * @throws {DataError} where the font of the charts is missing.
 */
export async function renderSpeedReport(file: SpeedFile): Promise<string> {
  const [{ SpeedPage }, { drawSpeedCharts }] = await Promise.all([
    import("./speed_page.tsx"),
    import("./speed_charts.ts"),
  ]);
  return await renderPage(SpeedPage, { file, charts: await drawSpeedCharts(file) });
}
