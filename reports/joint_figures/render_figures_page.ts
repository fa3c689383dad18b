/**
 * Figures of own students as one HTML file that needs nothing else.
 *
 * @module
 */

import { cleanBlock } from "../../core/output.ts";
import type { ResultFigures } from "../../core/results/figures.ts";
import { sealReport } from "../../core/results/report_mark.ts";

/** What the page shows. */
export interface FiguresPageInput {
  readonly figures: ResultFigures;
  /** Models that are shown. */
  readonly models: readonly string[];
  /** Title of the data. */
  readonly data: string;
  readonly split: string;
  readonly credits: readonly string[];
  readonly warnings: readonly string[];
}

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
