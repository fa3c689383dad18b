/**
 * The marks by which a report tells the results it was made of, and that it is whole: a report that was
 * not finished, was changed, or is older than its result, is found by them.
 *
 * @module
 */

import { sha256 } from "../files.ts";
import type { ResultFile } from "./result.ts";
import { hashResult } from "./result_schema.ts";

/** Name of the `<meta>` elements of a report, one per result, whose content is the result's hash. */
export const reportMarkName = "lgd-bench-result";

/** What stands behind a whole page: the SHA-256 of all before it. */
const sealPattern = /<!-- sha256 ([0-9a-f]{64}) -->\n$/;

/** A report with the checksum of its text behind it, so that a change of it is found. */
export function sealReport(html: string): string {
  return `${html}<!-- sha256 ${sha256(html)} -->\n`;
}

/**
 * Whether the text of a report is whole and unchanged, and was made of exactly these results, in their
 * order.
 */
export function isReportOf(html: string, results: readonly ResultFile[]): boolean {
  const seal = sealPattern.exec(html);
  if (seal === null || sha256(html.slice(0, seal.index)) !== seal[1]) return false;
  const pattern = new RegExp(`<meta name="${reportMarkName}" content="([0-9a-f]{64})"`, "g");
  const hashes = Array.from(html.matchAll(pattern), ([, hash]) => hash);
  return hashes.join() === results.map(hashResult).join();
}
