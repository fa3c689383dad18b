/**
 * How many objects of each category a draw of images has.
 *
 * @module
 */

import type { Evidence } from "../../results/evidence.ts";
import { evidenceColumn } from "../../results/evidence.ts";

/** Counts of objects by sample and category. */
export interface ObjectCounts {
  readonly sample: Uint32Array;
  readonly category: Uint32Array;
  /** `[rows]` */
  readonly count: Float32Array;
  /** One above the greatest category. */
  readonly categories: number;
}

/** Counts from a table with a column `category`. */
export function readCounts(evidence: Evidence, table: string, column: string): ObjectCounts {
  const { sample, values } = evidenceColumn(evidence, table, "category");
  const category = Uint32Array.from(values);
  return {
    sample,
    category,
    count: evidenceColumn(evidence, table, column).values,
    categories: category.reduce((most, one) => Math.max(most, one + 1), 0),
  };
}

/** Adds up the counts of the samples as often as they were drawn, into `[categories]`. */
export function weighCounts(
  { sample, category, count }: ObjectCounts,
  weights: Float64Array,
  totals: Float64Array,
): void {
  totals.fill(0);
  for (let row = 0; row < sample.length; row++) {
    totals[category[row]!]! += weights[sample[row]!]! * count[row]!;
  }
}
