/**
 * The mark by which a report tells the results it was made of: a report that was not finished, or
 * is older than its result, is found by it.
 *
 * @module
 */

import type { ResultFile } from "./result.ts";
import { hashResult } from "./result_schema.ts";

/** Name of the `<meta>` elements of a report, one per result, whose content is the result's hash. */
export const reportMarkName = "lgd-bench-result";

/** End of every whole report. */
const pageEnd = "</html>";

/** Whether the text of a report is whole and was made of exactly these results, in their order. */
export function isReportOf(html: string, results: readonly ResultFile[]): boolean {
  if (!html.trimEnd().endsWith(pageEnd)) return false;
  const pattern = new RegExp(`<meta name="${reportMarkName}" content="([0-9a-f]{64})"`, "g");
  const hashes = Array.from(html.matchAll(pattern), ([, hash]) => hash);
  return hashes.join() === results.map(hashResult).join();
}
