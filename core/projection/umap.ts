/**
 * UMAP: McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection", 2018
 * (arXiv 1802.03426), by umap-js, with exact neighbours and a start from principal components.
 *
 * @module
 */

import { UMAP } from "umap-js";
import { ConfigError } from "../errors.ts";
import { RandomStream } from "../random.ts";
import { assertPoints, type Points, sortNeighbours, squaredDistances } from "./points.ts";
import { principalComponents } from "./principal_components.ts";

/** Settings of {@linkcode umap}. */
export interface UmapOptions {
  /** Neighbours of each point, itself counted, as in umap-learn. @default {15} */
  readonly neighbours?: number;
  /** How near points may come in the map. @default {0.1} */
  readonly minDistance?: number;
  /** Rounds over all pairs of neighbours; by the number of points where absent. */
  readonly epochs?: number;
  /** Seed of the pairs that are drawn. @default {0} */
  readonly seed?: number;
  /** Told how many rounds are done. */
  readonly onProgress?: (done: number, steps: number) => void;
}

/** Largest coordinate at the start, as in umap-learn. */
const startSide = 10;

/**
 * A map of points by UMAP: the same positions for the same points and seed.
 *
 * @returns [count, 2].
 * @throws {ConfigError} where there are not more points than neighbours, or the distance is negative.
 * {DataError} where points are not finite, or all the same.
 */
export function umap(points: Points, options: UmapOptions = {}): Float64Array {
  const { neighbours = 15, minDistance = 0.1, epochs, seed = 0, onProgress } = options;
  const { rows, count, dimension } = points;
  assertPoints(points);
  if (!Number.isInteger(neighbours) || neighbours < 2 || count <= neighbours) {
    throw new ConfigError(
      `Cannot make a UMAP of ${count} points with ${neighbours} neighbours: expected 2 or more neighbours, ` +
        "and more points than neighbours. Lower the number of neighbours, or take more points",
    );
  }
  if (!(minDistance >= 0 && minDistance < Infinity)) {
    throw new ConfigError(
      `Cannot make a UMAP: expected a least distance of 0 or more, got ${minDistance}`,
    );
  }
  const squared = squaredDistances(points);
  const nearest = Array.from({ length: count }, (_, point) => [
    point,
    ...sortNeighbours(squared, count, point).slice(0, neighbours - 1),
  ]);
  const random = new RandomStream(seed, "UMAP");
  const map = new UMAP({
    nComponents: 2,
    nNeighbors: neighbours,
    minDist: minDistance,
    random: () => random.uniform(),
    ...(epochs === undefined ? {} : { nEpochs: epochs }),
  });
  map.setPrecomputedKNN(
    nearest,
    nearest.map((own, point) => own.map((other) => Math.sqrt(squared[point * count + other]!))),
  );
  const lists = Array.from(
    { length: count },
    (_, point) => Array.from(rows.subarray(point * dimension, (point + 1) * dimension)),
  );
  const rounds = map.initializeFit(lists);
  // umap-js starts from noise, which tears groups apart; its positions may be moved before the first round.
  const start = principalComponents(points);
  const factor = startSide / start.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-300);
  const positions = map.getEmbedding();
  positions.forEach((position, point) => {
    position[0] = factor * start[2 * point]! + 1e-4 * random.normal();
    position[1] = factor * start[2 * point + 1]! + 1e-4 * random.normal();
  });
  for (let round = 0; round < rounds; round++) {
    map.step();
    onProgress?.(round + 1, rounds);
  }
  return Float64Array.from(map.getEmbedding().flat());
}
