/**
 * Points of a space of many dimensions, and their distances.
 *
 * @module
 */

import { ConfigError, DataError } from "../errors.ts";

/** Points as rows of a matrix. */
export interface Points {
  /** [count, dimension]. */
  readonly rows: Float32Array;
  readonly count: number;
  readonly dimension: number;
}

/**
 * Checks that points can be drawn on a map.
 *
 * @param name What they are, for messages: `"features of rn18-seed"`.
 * @throws {ConfigError} where the sizes do not fit. {DataError} where a number is not finite, or all points
 * are the same: then there is nothing to draw a map of.
 */
export function assertPoints({ rows, count, dimension }: Points, name = "points"): void {
  if (!Number.isInteger(count) || count < 1 || rows.length !== count * dimension) {
    throw new ConfigError(
      `Cannot use the ${name}: expected rows of ${dimension} numbers, got ${rows.length} numbers`,
    );
  }
  const wrong = rows.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new DataError(
      `Cannot use the ${name}: expected finite numbers, got ${rows[wrong]} in row ` +
        `${Math.floor(wrong / dimension)}, column ${wrong % dimension}`,
    );
  }
  if (count > 1 && rows.every((value, index) => value === rows[index % dimension])) {
    throw new DataError(
      `Cannot use the ${name}: they are constant, all ${count} rows are the same`,
    );
  }
}

/**
 * Points of a matrix, checked as {@linkcode assertPoints} does.
 *
 * @param name What they are, for messages.
 */
export function pointsOf(rows: Float32Array, dimension: number, name: string): Points {
  const points = { rows, count: rows.length / dimension, dimension };
  assertPoints(points, name);
  return points;
}

/** Mean of rows, [D]. */
export function meanRow(rows: Float32Array, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  rows.forEach((value, index) => mean[index % dimension]! += value);
  const count = rows.length / dimension;
  return mean.map((sum) => sum / count);
}

/** Squared Euclidean distances, [count, count]. */
export function squaredDistances({ rows, count, dimension }: Points): Float64Array {
  const distances = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      let sum = 0;
      for (let column = 0; column < dimension; column++) {
        sum += (rows[i * dimension + column]! - rows[j * dimension + column]!) ** 2;
      }
      distances[i * count + j] = distances[j * count + i] = sum;
    }
  }
  return distances;
}

/** The other points from the nearest to the farthest; of equally near ones the first. */
export function sortNeighbours(
  distances: Float64Array,
  count: number,
  point: number,
): number[] {
  const own = distances.subarray(point * count, (point + 1) * count);
  return Array.from({ length: count }, (_, other) => other).filter((other) => other !== point)
    .sort((a, b) => own[a]! - own[b]! || a - b);
}
