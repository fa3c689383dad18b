/**
 * Intervals of metrics and of paired differences: a bootstrap over seeds and samples, deterministic,
 * the same for every metric.
 *
 * @module
 */

import { LgdBenchError, TaskError } from "../errors.ts";
import type { Evidence } from "./evidence.ts";
import type { Metric } from "./metric.ts";
import { sortedQuantile } from "./quantile.ts";
import { sampleDraws, seedDraws } from "./resampling.ts";

/** A value with its interval, in the metric's unit. */
export interface MetricInterval {
  /** Mean over seeds. */
  readonly value: number;
  /** 95 % interval, [low, high]. */
  readonly ci95: [number, number];
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
  /** Difference for each seed. */
  readonly perSeed: number[];
  /** Number of samples. */
  readonly n: number;
  /** As in {@linkcode MetricInterval}. */
  readonly undefinedResamples?: number;
}

/** Settings of the bootstrap. */
export interface BootstrapOptions {
  /**
   * How many resamples are drawn.
   *
   * @default {2000}
   */
  readonly resamples?: number;
  /**
   * Seed of the resampling.
   *
   * @default {0}
   */
  readonly seed?: number;
  /** What measured the evidence, for errors: `task "count"`. */
  readonly owner?: string;
}

/** A number per seed that can be computed over any draw of samples. */
export interface Resampled {
  readonly n: number;
  readonly seeds: number;
  /** Values are `scale` × total / `divisor`. */
  readonly scale: number;
  readonly divisor: number;
  /** Total of a seed over all samples once. */
  whole(seed: number): number;
  /** Chooses the samples of the next totals, by index, as often as they are drawn. */
  draw(indices: Uint32Array): void;
  /** Total of a seed over the samples that were drawn. */
  total(seed: number): number;
}

/** For errors: `metric "map" of task "count"`. */
function describeMetric({ key }: Metric, { owner }: BootstrapOptions): string {
  return `metric "${key}"${owner === undefined ? "" : ` of ${owner}`}`;
}

/**
 * Mean, per-seed values and percentile interval; resamples without a finite value are left out of the
 * interval and counted.
 *
 * @throws {TaskError} where a value over all samples, or every resample, is not finite.
 */
export function bootstrap(
  resampled: Resampled,
  metric: Metric,
  options: BootstrapOptions,
): Pick<MetricInterval, "ci95" | "perSeed" | "undefinedResamples"> & { mean: number } {
  const { resamples = 2000, seed = 0 } = options;
  if (!Number.isSafeInteger(resamples) || resamples < 1) {
    throw new TaskError(
      `Cannot compute an interval: expected resamples to be a whole number ≥ 1, got ${resamples}`,
    );
  }
  const { n, seeds, scale, divisor } = resampled;
  const fail = (got: string): never => {
    throw new TaskError(
      `Cannot use ${describeMetric(metric, options)}: expected a finite number, got ${got}`,
    );
  };
  const perSeed = Array.from({ length: seeds }, (_, which) => {
    const value = resampled.whole(which) / divisor;
    return Number.isFinite(value) ? value : fail(`${value} over all samples of run ${which}`);
  });
  const nextSamples = sampleDraws(n, resamples, seed);
  const nextSeeds = seedDraws(seeds, seed);
  const values = new Float64Array(resamples);
  let count = 0;
  for (let resample = 0; resample < resamples; resample++) {
    const timesDrawn = nextSeeds();
    resampled.draw(nextSamples());
    let sum = 0;
    for (let which = 0; which < seeds; which++) {
      const times = timesDrawn[which]!;
      if (times > 0) sum += times * resampled.total(which);
    }
    const mean = sum / (seeds * divisor);
    if (Number.isFinite(mean)) values[count++] = mean;
  }
  if (count === 0) fail("none in any resample that was drawn for its interval");
  const means = values.subarray(0, count).sort();
  let sum = 0;
  for (const value of perSeed) sum += value;
  return {
    mean: scale * (sum / seeds),
    ci95: [scale * sortedQuantile(means, 0.025), scale * sortedQuantile(means, 0.975)],
    perSeed: perSeed.map((value) => scale * value),
    ...(count === resamples ? {} : { undefinedResamples: resamples - count }),
  };
}

/** Resamples means over samples, from one number per seed and sample. */
export function resampleMeans(perSeed: readonly Float64Array[], scale: number): Resampled {
  const n = perSeed[0]!.length;
  let drawn = new Uint32Array(0);
  return {
    n,
    seeds: perSeed.length,
    scale,
    divisor: n,
    whole(seed) {
      let sum = 0;
      for (const value of perSeed[seed]!) sum += value;
      return sum;
    },
    draw(indices) {
      drawn = indices as Uint32Array<ArrayBuffer>;
    },
    total(seed) {
      const values = perSeed[seed]!;
      let sum = 0;
      for (let index = 0; index < n; index++) sum += values[drawn[index]!]!;
      return sum;
    },
  };
}

/** Resamples any function of the weights of the samples, one per seed. */
export function resampleWeights(
  n: number,
  perSeed: readonly ((weights: Float64Array) => number)[],
): Resampled {
  const ones = new Float64Array(n).fill(1);
  const weights = new Float64Array(n);
  return {
    n,
    seeds: perSeed.length,
    scale: 1,
    divisor: 1,
    whole: (seed) => perSeed[seed]!(ones),
    draw(indices) {
      weights.fill(0);
      for (let index = 0; index < n; index++) weights[indices[index]!]!++;
    },
    total: (seed) => perSeed[seed]!(weights),
  };
}

/** A metric over any weights of the samples of some evidence. */
export function compile(metric: Metric, evidence: Evidence): (weights: Float64Array) => number {
  return metric.compile?.(evidence) ?? ((weights) => metric.value(evidence, weights));
}

/** Whether two lists of samples are equal, order included. */
export function haveSameSamples(one: Evidence, other: Evidence): boolean {
  const a = one.sampleIds, b = other.sampleIds;
  return a === b || a.length === b.length && a.every((id, index) => id === b[index]);
}

/** What a metric gives or throws; its own errors name it. */
export function evaluate<T>(metric: Metric, options: BootstrapOptions, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof LgdBenchError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskError(
      `Cannot compute ${describeMetric(metric, options)}: it throws "${reason}"`,
      { cause: error },
    );
  }
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

/**
 * A metric with its 95 % percentile-bootstrap interval over seeds and samples. Every resample draws
 * seeds and, independently, samples with replacement and crosses the two, since all seeds answer
 * the same samples (Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 2007). The rows
 * of one sample are never drawn apart: they are not independent.
 *
 * With one seed only samples are drawn: the interval then says nothing about the spread between
 * trainings. With two or three seeds that spread is in the interval but estimated from two or three
 * numbers, and drawing with replacement underestimates a variance by (seeds − 1) / seeds.
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
  const mean = metric.sampleMean;
  const { mean: value, ...rest } = evaluate(metric, options, () =>
    bootstrap(
      mean === undefined
        ? resampleWeights(n, perSeed.map((evidence) => compile(metric, evidence)))
        : resampleMeans(perSeed.map((evidence) => mean.values(evidence)), mean.scale),
      metric,
      options,
    ));
  return { value, ...rest, n };
}

/**
 * What differs between two models on the same samples, seed by seed, over any draw of the samples.
 *
 * @throws {TaskError} where seeds or samples do not match.
 */
export function resampledDifference(
  metric: Metric,
  base: readonly Evidence[],
  other: readonly Evidence[],
): Resampled {
  const n = assertSamples(base, "the base");
  const otherCount = assertSamples(other, "the other");
  if (base.length !== other.length || !haveSameSamples(base[0]!, other[0]!)) {
    throw new TaskError(
      `Cannot pair the evidence: the base has ${base.length} seeds of ${n} samples, the other ` +
        `${other.length} of ${otherCount}; expected the same seeds and samples; measure both on the same data`,
    );
  }
  const mean = metric.sampleMean;
  return mean === undefined
    ? resampleWeights(
      n,
      base.map((evidence, seed) => {
        const from = compile(metric, evidence), to = compile(metric, other[seed]!);
        return (weights: Float64Array) => to(weights) - from(weights);
      }),
    )
    : resampleMeans(
      base.map((evidence, seed) => {
        const otherValues = mean.values(other[seed]!);
        return mean.values(evidence).map((value, sample) => otherValues[sample]! - value);
      }),
      mean.scale,
    );
}

/**
 * Difference other − base between two models on the same samples, paired by sample and by seed,
 * with its 95 % percentile-bootstrap interval; resampled as in {@linkcode metricInterval}, with the
 * same draw on both sides.
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
  assertSamples(other, "the other");
  const { mean: difference, ...rest } = evaluate(
    metric,
    options,
    () => bootstrap(resampledDifference(metric, base, other), metric, options),
  );
  return { difference, ...rest, n };
}
