/**
 * Moments of metrics, and of sums of one metric over several models, from their evidence.
 *
 * @module
 */

import { LgdBenchError, TaskError } from "../errors.ts";
import type { Evidence } from "./evidence.ts";
import type { Metric } from "./metric.ts";
import { type Moments, momentsOfMeans, momentsOfWeights } from "./moments.ts";

/** Settings of the bootstrap. */
export interface BootstrapOptions {
  /**
   * How many resamples are drawn, for a metric that is no mean over samples: of a mean the moments are
   * known without draws.
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

/** One model of a sum. */
export interface ContrastTerm {
  readonly weight: number;
  /** The evidence of each seed: for all terms the same seeds and samples, in the same order. */
  readonly perSeed: readonly Evidence[];
}

/** Least and largest value of Σ weight × metric, infinite where the metric has none. */
export function rangeOfSum(
  { range: [least, largest] = [-Infinity, Infinity] }: Pick<Metric, "range">,
  weights: readonly number[],
): [number, number] {
  let low = 0, high = 0;
  for (const weight of weights) {
    if (weight === 0) continue;
    low += weight * (weight > 0 ? least : largest);
    high += weight * (weight > 0 ? largest : least);
  }
  return [low, high];
}

/** For errors: `metric "map" of task "count"`. */
function describeMetric({ key }: Metric, { owner }: BootstrapOptions): string {
  return `metric "${key}"${owner === undefined ? "" : ` of ${owner}`}`;
}

/** What a metric gives or throws; its own errors name it. */
function evaluate<T>(metric: Metric, options: BootstrapOptions, compute: () => T): T {
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

/** A metric over any weights of the samples of some evidence. */
function compile(metric: Metric, evidence: Evidence): (weights: Float64Array) => number {
  return metric.compile?.(evidence) ?? ((weights) => metric.value(evidence, weights));
}

/** Σ weight × metric of one seed, over any weights of the samples. */
function compileSum(
  metric: Metric,
  terms: readonly ContrastTerm[],
  seed: number,
): (weights: Float64Array) => number {
  const parts = terms.map(({ weight, perSeed }) => (
    { weight, value: compile(metric, perSeed[seed]!) }
  ));
  return (weights) => parts.reduce((sum, { weight, value }) => sum + weight * value(weights), 0);
}

/**
 * Moments of Σ weight × metric over some models, by seeds and samples.
 *
 * @param terms At least one, with at least one seed and sample; seeds and samples match.
 * @throws {TaskError} where a value over all samples, or every resample, is not finite, or the metric
 * throws.
 */
export function metricMoments(
  metric: Metric,
  terms: readonly ContrastTerm[],
  options: BootstrapOptions,
): Moments {
  const { resamples = 2000, seed = 0 } = options;
  if (!Number.isSafeInteger(resamples) || resamples < 1) {
    throw new TaskError(
      `Cannot compute an interval: expected resamples to be a whole number ≥ 1, got ${resamples}`,
    );
  }
  const fail = (got: string): never => {
    throw new TaskError(
      `Cannot use ${describeMetric(metric, options)}: expected a finite number, got ${got}`,
    );
  };
  const [first] = terms;
  const n = first!.perSeed[0]!.sampleIds.length;
  const everySeed = [...first!.perSeed.keys()];
  const mean = metric.sampleMean;
  return evaluate(metric, options, () => {
    if (mean === undefined) {
      const sums = everySeed.map((which) => compileSum(metric, terms, which));
      return momentsOfWeights(n, sums, { resamples, seed, fail });
    }
    const sums = everySeed.map((which) => {
      const sum = new Float64Array(n);
      for (const { weight, perSeed } of terms) {
        const values = mean.values(perSeed[which]!);
        for (let sample = 0; sample < n; sample++) sum[sample]! += weight * values[sample]!;
      }
      return sum;
    });
    const moments = momentsOfMeans(sums, mean.scale);
    const wrong = moments.perSeed.findIndex((value) => !Number.isFinite(value));
    return wrong < 0 ? moments : fail(`${moments.perSeed[wrong]} over all samples of run ${wrong}`);
  });
}
