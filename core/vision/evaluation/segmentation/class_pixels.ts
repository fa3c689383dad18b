/**
 * Pixels of each class over a draw of images.
 *
 * @module
 */

import { TaskError } from "../../../errors.ts";
import { type Evidence, evidenceColumn } from "../../../results/evidence.ts";

/** Most classes that numbers are kept for. */
const mostClasses = 2 ** 16;

/** Rows of pixels of a class in an image. */
export interface ClassRows {
  readonly sample: Uint32Array;
  readonly class: Uint32Array;
  /** One above the greatest class. */
  readonly classes: number;
  column(name: string): Float32Array;
}

/**
 * Reads a table with a column `class`.
 *
 * @throws {TaskError} where the table is missing, or a class is no whole number from 0 on.
 */
export function readClassRows(evidence: Evidence, table: string): ClassRows {
  const { sample, values } = evidenceColumn(evidence, table, "class");
  const wrong = values.findIndex((value) =>
    !(Number.isInteger(value) && value >= 0 && value < mostClasses)
  );
  if (wrong >= 0) {
    throw new TaskError(
      `Cannot read evidence: table "${table}", row ${wrong}: expected a class from 0 to ` +
        `${mostClasses - 1}, got ${values[wrong]}`,
    );
  }
  return {
    sample,
    class: Uint32Array.from(values),
    classes: values.reduce((most, value) => Math.max(most, value + 1), 0),
    column: (name) => evidenceColumn(evidence, table, name).values,
  };
}

/** Pixels of each class over a draw, `[classes]`. */
export interface ClassPixels {
  readonly intersection: Float64Array;
  readonly predicted: Float64Array;
  readonly truth: Float64Array;
}

/** Prepares the sums over draws; what it returns is overwritten by the next draw. */
export function compileClassPixels(
  evidence: Evidence,
  table: string,
): (weights: Float64Array) => ClassPixels {
  const rows = readClassRows(evidence, table);
  const intersection = rows.column("intersection");
  const predicted = rows.column("predicted");
  const truth = rows.column("truth");
  const sums = {
    intersection: new Float64Array(rows.classes),
    predicted: new Float64Array(rows.classes),
    truth: new Float64Array(rows.classes),
  };
  return (weights) => {
    for (const sum of Object.values(sums)) sum.fill(0);
    for (let row = 0; row < rows.sample.length; row++) {
      const weight = weights[rows.sample[row]!]!, index = rows.class[row]!;
      sums.intersection[index]! += weight * intersection[row]!;
      sums.predicted[index]! += weight * predicted[row]!;
      sums.truth[index]! += weight * truth[row]!;
    }
    return sums;
  };
}

/** Intersection over union, 0 to 1; NaN where the class is in neither truth nor prediction. */
export function iouOf({ intersection, predicted, truth }: ClassPixels, index: number): number {
  const shared = intersection[index]!;
  return shared / (predicted[index]! + truth[index]! - shared);
}
