/**
 * The values of a metric over resamples of the samples.
 *
 * @module
 */

import { TaskError } from "../../core/errors.ts";
import { sha256 } from "../../core/files.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import type { Metric } from "../../core/results/metric.ts";
import { sampleDraws } from "../../core/results/resampling.ts";

/** Resamples of the gate: it takes a variance from them, and no quantile. */
export const gateResamples = 400;

/**
 * A metric over every resample of the samples. Evidence of the same samples, of whatever model and
 * night, is resampled by the same draws; other samples by others, independent of them.
 *
 * @param resamples How many. @default {gateResamples}
 * @throws {TaskError} where the metric has no finite value over any resample.
 */
export function metricReplicates(
  metric: Metric,
  evidence: Evidence,
  resamples: number = gateResamples,
): Float64Array {
  const n = evidence.sampleIds.length;
  // 48 bits of the names of the samples are the seed of their draws.
  const seed = Number.parseInt(sha256(evidence.sampleIds.join("\n")).slice(0, 12), 16);
  const next = sampleDraws(n, resamples, seed);
  const values = new Float64Array(resamples);
  if (metric.sampleMean !== undefined) {
    const { scale, values: valuesOf } = metric.sampleMean;
    const numbers = valuesOf(evidence);
    for (let resample = 0; resample < resamples; resample++) {
      let sum = 0;
      const drawn = next();
      for (let index = 0; index < n; index++) sum += numbers[drawn[index]!]!;
      values[resample] = scale * sum / n;
    }
  } else {
    const weights = new Float64Array(n);
    const value = metric.compile?.(evidence) ?? ((drawn) => metric.value(evidence, drawn));
    for (let resample = 0; resample < resamples; resample++) {
      weights.fill(0);
      for (const index of next()) weights[index]!++;
      values[resample] = value(weights);
    }
  }
  return withoutGaps(values, metric);
}

/** Puts the mean in place of values that are not finite, as of a ratio without a denominator. */
function withoutGaps(values: Float64Array, { key }: Metric): Float64Array {
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length === values.length) return values;
  if (finite.length === 0) {
    throw new TaskError(`Cannot judge metric "${key}": it has no finite value in any resample`);
  }
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  return values.map((value) => Number.isFinite(value) ? value : mean);
}
