/**
 * Contrasts: sums of one metric over several models, each with a weight, e.g. how a difference changes
 * along an axis. A paired difference is the contrast with the weights −1 and 1.
 *
 * @module
 */

import { TaskError } from "../errors.ts";
import { intervalOfMoments } from "./interval.ts";
import type { Metric } from "./metric.ts";
import {
  type BootstrapOptions,
  type ContrastTerm,
  metricMoments,
  rangeOfSum,
} from "./metric_moments.ts";
import { haveSameSamples } from "./statistics.ts";

export type { ContrastTerm } from "./metric_moments.ts";

/** A contrast with its interval, in the metric's unit. */
export interface MetricContrast {
  /** Mean over seeds of Σ weight × metric. */
  readonly value: number;
  /** 95 % interval, [low, high]. */
  readonly ci95: [number, number];
  /** Value of each seed. */
  readonly perSeed: number[];
}

/** @throws {TaskError} where there is nothing, or seeds or samples do not match. */
function assertPaired(terms: readonly ContrastTerm[]): void {
  const first = terms[0]?.perSeed[0];
  if (first === undefined || first.sampleIds.length === 0) {
    throw new TaskError("Cannot compute a contrast: it has no seeds or no samples");
  }
  const seeds = terms[0]!.perSeed.length;
  for (const [index, { perSeed }] of terms.entries()) {
    if (perSeed.length === seeds && perSeed.every((one) => haveSameSamples(first, one))) continue;
    throw new TaskError(
      `Cannot compute a contrast: expected ${seeds} seeds of ${first.sampleIds.length} samples, as ` +
        `term 0 has, got others for term ${index}; measure all on the same data`,
    );
  }
}

/**
 * Σ weight × metric over the terms, with its 95 % interval over seeds and samples; made as that of a
 * paired difference, with the same draw for all terms.
 *
 * @throws {TaskError} where seeds or samples do not match, or the metric is not finite or throws.
 */
export function metricContrast(
  metric: Metric,
  terms: readonly ContrastTerm[],
  options: BootstrapOptions = {},
): MetricContrast {
  assertPaired(terms);
  const moments = metricMoments(metric, terms, options);
  const range = rangeOfSum(metric, terms.map(({ weight }) => weight));
  const { value, ci95 } = intervalOfMoments(moments, range, { isDifference: true });
  return { value, ci95, perSeed: moments.perSeed };
}

/**
 * Weights whose sum with the values at some places is the change of the least-squares line from the
 * first place to the last: slope × (last − first). Their own sum is 0.
 *
 * @param places Places on the axis, two or more different ones.
 */
export function changeWeights(places: readonly number[]): number[] {
  const mean = places.reduce((sum, place) => sum + place, 0) / places.length;
  const squares = places.reduce((sum, place) => sum + (place - mean) ** 2, 0);
  const way = places.at(-1)! - places[0]!;
  return places.map((place) => way * (place - mean) / squares);
}
