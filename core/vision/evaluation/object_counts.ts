/**
 * How many objects of each category a draw of images has.
 *
 * @module
 */

import { TaskError } from "../../errors.ts";
import { type Evidence, evidenceColumn } from "../../results/evidence.ts";

/** Counts of objects by sample and category. */
export interface ObjectCounts {
  readonly sample: Uint32Array;
  readonly category: Uint32Array;
  /** `[rows]` */
  readonly count: Float32Array;
  /** One above the greatest category. */
  readonly categories: number;
}

/** Most categories that numbers are kept for. */
const mostCategories = 2 ** 20;

/**
 * The categories of the rows of a table.
 *
 * @throws {TaskError} if one is not a whole number from 0 on.
 */
export function readCategories(evidence: Evidence, table: string): Uint32Array {
  const { values } = evidenceColumn(evidence, table, "category");
  const wrong = values.findIndex((one) =>
    !(Number.isInteger(one) && one >= 0 && one < mostCategories)
  );
  if (wrong >= 0) {
    throw new TaskError(
      `Cannot read evidence: table "${table}", row ${wrong}: expected a category from 0 to ` +
        `${mostCategories - 1}, got ${values[wrong]}`,
    );
  }
  return Uint32Array.from(values);
}

/** Counts from a table with a column `category`. */
export function readCounts(evidence: Evidence, table: string, column: string): ObjectCounts {
  const { sample } = evidenceColumn(evidence, table, "category");
  const category = readCategories(evidence, table);
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
