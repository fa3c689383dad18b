/**
 * Intervals of metrics and of paired differences over seeds and samples, deterministic, the same for
 * every metric.
 *
 * @module
 */

import { TaskError } from "../errors.ts";
import type { Evidence } from "./evidence.ts";
import { type IntervalError, intervalOfMoments } from "./interval.ts";
import type { Metric } from "./metric.ts";
import { type BootstrapOptions, metricMoments, rangeOfSum } from "./metric_moments.ts";

export type { IntervalError } from "./interval.ts";
export type { BootstrapOptions } from "./metric_moments.ts";

/** A value with its interval, in the metric's unit. */
export interface MetricInterval {
  /** Mean over seeds. */
  readonly value: number;
  /** 95 % interval, [low, high]. */
  readonly ci95: [number, number];
  /** The standard error that the interval is made of. */
  readonly error: IntervalError;
  /** Value of each seed. */
  readonly perSeed: number[];
  /** Number of samples: the clusters, e.g. icons, not their views. */
  readonly n: number;
  /**
   * Resamples over which the metric has no finite value, such as a ratio of which a resample has no
   * denominator: the interval is that of the others. Absent where there are none.
   */
  readonly undefinedResamples?: number;
}

/** A paired difference with its interval, in the metric's unit. */
export interface MetricDifference {
  /** Mean of other − base over seeds. */
  readonly difference: number;
  /** 95 % interval, [low, high]. */
  readonly ci95: [number, number];
  /** The standard error that the interval is made of. */
  readonly error: IntervalError;
  /** Difference for each seed. */
  readonly perSeed: number[];
  /** Number of samples. */
  readonly n: number;
  /** As in {@linkcode MetricInterval}. */
  readonly undefinedResamples?: number;
}

/** Whether two lists of samples are equal, order included. */
export function haveSameSamples(one: Evidence, other: Evidence): boolean {
  const a = one.sampleIds, b = other.sampleIds;
  return a === b || a.length === b.length && a.every((id, index) => id === b[index]);
}

/** @throws {TaskError} where there is no sample, or the seeds have different ones. */
function assertSamples(perSeed: readonly Evidence[], name: string): number {
  const first = perSeed[0];
  if (first === undefined || first.sampleIds.length === 0) {
    throw new TaskError(`Cannot compute an interval: ${name} has no seeds or no samples`);
  }
  for (const [seed, evidence] of perSeed.entries()) {
    if (haveSameSamples(first, evidence)) continue;
    throw new TaskError(
      `Cannot compute an interval: expected the ${first.sampleIds.length} samples of run 0 of ` +
        `${name}, got ${evidence.sampleIds.length} samples for run ${seed}`,
    );
  }
  return first.sampleIds.length;
}

/** Adds how many resamples had no value, where some had none. */
function countUndefined(count: number): Pick<MetricInterval, "undefinedResamples"> {
  return count === 0 ? {} : { undefinedResamples: count };
}

/**
 * A metric with its 95 % interval over seeds and samples, by {@linkcode intervalOfMoments}: Student's t
 * of the standard error by both, with the degrees of freedom that they have together. The error by
 * samples is that of a bootstrap, whose limit is known where the metric is a mean over samples. The rows
 * of one sample are never drawn apart: they are not independent.
 *
 * With one seed the interval is that of this one training on other samples, and says nothing about the
 * spread between trainings. With two or three seeds that spread is in the interval, which is as wide as
 * so few numbers leave it open.
 *
 * @param perSeed The evidence of each seed: the same samples, in the same order.
 * @throws {TaskError} where there is no sample, the seeds have different ones, or the metric is not
 * finite over all samples or throws.
 */
export function metricInterval(
  metric: Metric,
  perSeed: readonly Evidence[],
  options: BootstrapOptions = {},
): MetricInterval {
  const n = assertSamples(perSeed, "the evidence");
  const moments = metricMoments(metric, [{ weight: 1, perSeed }], options);
  const { value, ci95, error } = intervalOfMoments(moments, metric.range);
  const { undefinedResamples } = moments;
  return { value, ci95, error, perSeed: moments.perSeed, n, ...countUndefined(undefinedResamples) };
}

/**
 * Difference other − base between two models on the same samples, paired by sample and by seed,
 * with its 95 % interval; made as in {@linkcode metricInterval} of what the two differ by, with the same
 * draw on both sides. It ends at ±(largest − least) of the metric's range.
 *
 * @param base The evidence of each seed of the one model.
 * @param other The same of the other model, with the same seeds and samples in the same order.
 * @throws {TaskError} where seeds or samples do not match, or the metric is not finite over all
 * samples or throws.
 */
export function metricDifference(
  metric: Metric,
  base: readonly Evidence[],
  other: readonly Evidence[],
  options: BootstrapOptions = {},
): MetricDifference {
  const n = assertSamples(base, "the base");
  const otherCount = assertSamples(other, "the other");
  if (base.length !== other.length || !haveSameSamples(base[0]!, other[0]!)) {
    throw new TaskError(
      `Cannot pair the evidence: the base has ${base.length} seeds of ${n} samples, the other ` +
        `${other.length} of ${otherCount}; expected the same seeds and samples; measure both on the same data`,
    );
  }
  const terms = [{ weight: -1, perSeed: base }, { weight: 1, perSeed: other }];
  const moments = metricMoments(metric, terms, options);
  const { undefinedResamples } = moments;
  const { value: difference, ci95, error } = intervalOfMoments(
    moments,
    rangeOfSum(metric, terms.map(({ weight }) => weight)),
    { isDifference: true },
  );
  return {
    difference,
    ci95,
    error,
    perSeed: moments.perSeed,
    n,
    ...countUndefined(undefinedResamples),
  };
}
