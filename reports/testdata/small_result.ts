/**
 * The synthetic results of the tests.
 *
 * @module
 */

import { join } from "node:path";
import type { ResultFile } from "../../core/results/result.ts";

/** The whole synthetic result. */
export function readSyntheticResult(): ResultFile {
  return JSON.parse(Deno.readTextFileSync(join(import.meta.dirname!, "result.json")));
}

/** The synthetic result with two columns, one student and few curves: quick to draw. */
export function readSmallResult(): ResultFile {
  const result = readSyntheticResult();
  const columns = new Set(["zs_in1k", "lp_ct256"]);
  const rows = new Set([
    "pixel-1nn",
    "teacher",
    "rn18-supervised",
    "rn18-seed-moco",
    "rn18-seed-200",
    "rn18-lgd-200",
    "rn18-lgd-90-ct",
    "mnv2-lgd-90",
  ]);
  const curves = new Set(["rn18-seed-200", "rn18-lgd-200"]);
  return {
    ...result,
    columns: result.columns.filter(({ id }) => columns.has(id)),
    rows: result.rows.filter(({ id }) => rows.has(id)),
    cells: result.cells.filter(({ row, column }) => rows.has(row) && columns.has(column)),
    comparisons: result.comparisons.filter(({ other, column }) =>
      rows.has(other) && columns.has(column)
    ),
    curves: result.curves.filter(({ row }) => curves.has(row)),
    timings: {
      totalSeconds: result.timings.totalSeconds,
      cells: Object.fromEntries(Object.entries(result.timings.cells).slice(0, 2)),
    },
  };
}

/**
 * A page without the bytes of its pictures, which depend on the versions of the drawing libraries, and
 * without its checksum, which depends on those bytes.
 */
export function withoutPictures(html: string): string {
  return html.replace(/data:image\/png;base64,[\w+/=]+/g, "data:image/png;base64,…")
    .replace(/<!-- sha256 [0-9a-f]{64} -->\n$/, "");
}
