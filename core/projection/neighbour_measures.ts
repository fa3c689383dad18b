/**
 * What a map keeps of its points, and how points lie, in numbers: no picture should only be looked at.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { type Points, sortNeighbours } from "./points.ts";

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

/** Share of the k nearest of each point that have its label, 0 to 1, mean over the points. */
export function neighbourAgreement(
  distances: Float64Array,
  labels: ArrayLike<number>,
  k: number,
): number {
  const count = labels.length;
  let same = 0, all = 0;
  for (let point = 0; point < count; point++) {
    for (const other of sortNeighbours(distances, count, point).slice(0, k)) {
      same += Number(labels[other] === labels[point]);
      all++;
    }
  }
  return all === 0 ? NaN : same / all;
}

/**
 * The gap between two kinds of points: the distance of their means (Liang et al., "Mind the Gap", NeurIPS
 * 2022). Of unit vectors: 0 to 2.
 */
export function modalityGap(first: Points, second: Points): number {
  const mean = ({ rows, count, dimension }: Points) => {
    const sum = new Float64Array(dimension);
    rows.forEach((value, index) => sum[index % dimension]! += value / count);
    return sum;
  };
  const a = mean(first), b = mean(second);
  return Math.sqrt(a.reduce((sum, value, column) => sum + (value - b[column]!) ** 2, 0));
}
