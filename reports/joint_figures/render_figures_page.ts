/**
 * Figures of own students as one HTML file that needs nothing else.
 *
 * @module
 */

import { cleanBlock } from "../../core/output.ts";
import { sealReport } from "../../core/results/report_mark.ts";
import type { FiguresPageInput } from "./figures_page.tsx";

/** Renders the figures as one self-contained page: the same bytes for the same figures. */
export async function renderFiguresPage(input: FiguresPageInput): Promise<string> {
  const [{ h }, { renderToString }, { FiguresPage }] = await Promise.all([
    import("preact"),
    import("preact-render-to-string"),
    import("./figures_page.tsx"),
  ]);
  return sealReport(
    cleanBlock(`<!doctype html>\n${renderToString(h(FiguresPage, { input }))}\n`),
  );
}
