/**
 * What a map keeps of its points, and how points lie, in numbers: no picture should only be looked at.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { meanRow, type Points, sortNeighbours } from "./points.ts";

/**
 * Trustworthiness of a map (Venna and Kaski, 2001): 1 where the k nearest in the map are also the k nearest
 * among the points; each that is not costs as much as its rank among the points is beyond k.
 *
 * @param distances Squared distances of the points, [count, count].
 * @param mapDistances The same in the map.
 * @throws {ConfigError} where k is not below half the number of points.
 */
export function trustworthiness(
  distances: Float64Array,
  mapDistances: Float64Array,
  count: number,
  k: number,
): number {
  if (!(k >= 1 && k < count / 2)) {
    throw new ConfigError(
      `Cannot tell the trustworthiness of ${count} points with ${k} neighbours: expected fewer neighbours ` +
        "than half the points",
    );
  }
  let penalty = 0;
  const rank = new Uint32Array(count);
  for (let point = 0; point < count; point++) {
    sortNeighbours(distances, count, point).forEach((other, place) => rank[other] = place + 1);
    for (const other of sortNeighbours(mapDistances, count, point).slice(0, k)) {
      penalty += Math.max(0, rank[other]! - k);
    }
  }
  return 1 - 2 * penalty / (count * k * (2 * count - 3 * k - 1));
}

/**
 * R-precision: the share of the nearest R of each point that have its label, R the number of other points
 * that do; 0 to 1, mean over the points that have such others. NaN where there are none.
 *
 * @param distances [count, count].
 */
export function rPrecision(distances: Float64Array, labels: ArrayLike<number>): number {
  const count = labels.length;
  let sum = 0, points = 0;
  for (let point = 0; point < count; point++) {
    const isSame = (other: number) => labels[other] === labels[point];
    const order = sortNeighbours(distances, count, point);
    const same = order.filter(isSame).length;
    if (same === 0) continue;
    sum += order.slice(0, same).filter(isSame).length / same;
    points++;
  }
  return points === 0 ? NaN : sum / points;
}

/**
 * The gap between two kinds of points: the distance of their means (Liang et al., "Mind the Gap", NeurIPS
 * 2022). Of unit vectors: 0 to 2.
 */
export function modalityGap(first: Points, second: Points): number {
  const a = meanRow(first.rows, first.dimension), b = meanRow(second.rows, second.dimension);
  return Math.sqrt(a.reduce((sum, value, column) => sum + (value - b[column]!) ** 2, 0));
}
