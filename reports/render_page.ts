/**
 * Pages as text: one HTML file that needs nothing else, the same bytes for the same content.
 *
 * @module
 */

import type { VNode } from "preact";
import { cleanBlock } from "../core/output.ts";

/**
 * Renders a page. Markup is escaped by preact, which is loaded only here; what a terminal or the order of
 * reading would obey is taken out.
 */
export async function renderPage<Props extends object>(
  page: (props: Props) => VNode,
  props: Props,
): Promise<string> {
  const [{ h }, { renderToString }] = await Promise.all([
    import("preact"),
    import("preact-render-to-string"),
  ]);
  return cleanBlock(`<!doctype html>\n${renderToString(h(page, props))}\n`);
}
