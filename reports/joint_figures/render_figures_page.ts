/**
 * Figures of own students as one HTML file that needs nothing else.
 *
 * @module
 */

import type { ModelFigures } from "../../core/results/figures.ts";
import { sealReport } from "../../core/results/report_mark.ts";
import { renderPage } from "../render_page.ts";

/** Renders the figures as one self-contained page: the same bytes for the same figures. */
export async function renderFiguresPage(input: ModelFigures): Promise<string> {
  const { FiguresPage } = await import("./figures_page.tsx");
  return sealReport(await renderPage(FiguresPage, { input }));
}
