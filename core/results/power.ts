/**
 * What a comparison could have seen: the error of its samples and that of its seeds apart, the smallest
 * difference that would be seen, and how many seeds another one takes.
 *
 * @module
 */

import type { Evidence } from "./evidence.ts";
import type { Metric } from "./metric.ts";
import { sampleDraws } from "./resampling.ts";
import { resampledDifference } from "./statistics.ts";

/** What a comparison could have seen, in the metric's unit. */
export interface DifferencePower {
  /** Standard error of the difference by the choice of the samples, the seeds kept. */
  readonly samplingError: number;
  /**
   * Standard deviation of the difference between seeds, on these samples; null with one seed. The error
   * of the mean by the choice of the seeds is this divided by the root of their number.
   */
  readonly seedDeviation: number | null;
  /**
   * The smallest true difference whose 95 % interval leaves out 0 nine times in ten; null with one seed,
   * where the spread between trainings is unknown.
   */
  readonly detectable: number | null;
  /**
   * Seeds with which a difference of the size of the paper's would be seen nine times in ten: null where
   * the paper prints none or the spread between seeds is unknown, 0 where no number of seeds is enough on
   * these samples.
   */
  readonly seedsForPaper: number | null;
}

/**
 * z₀.₉₇₅ + z₀.₉: a difference of so many standard errors is seen nine times in ten by a two-sided test
 * at 5 % (normal approximation; with few seeds it is optimistic).
 */
const errorsToSee = 1.959963985 + 1.281551566;

/** Draws for the error by samples: its own error is 1 / √(2 · draws), 4 %. */
const draws = 300;

/**
 * Splits the error of a paired difference: var = σ_seed² / S + σ_sample². σ_sample² is the variance of
 * the mean over seeds when samples are drawn with replacement, σ_seed² that of the difference between
 * seeds, with S − 1 in the denominator.
 *
 * @param base The evidence of each seed of the one model.
 * @param other The same of the other model, with the same seeds and samples.
 * @param options.paper The paper's difference.
 * @param options.seed Seed of the draws. @default {0}
 * @throws {TaskError} where seeds or samples do not match.
 */
export function differencePower(
  metric: Metric,
  base: readonly Evidence[],
  other: readonly Evidence[],
  { paper, seed = 0 }: { readonly paper: number | null; readonly seed?: number },
): DifferencePower {
  const resampled = resampledDifference(metric, base, other);
  const { seeds, scale, divisor, n } = resampled;
  const next = sampleDraws(n, draws, seed);
  const means: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    resampled.draw(next());
    let sum = 0;
    for (let which = 0; which < seeds; which++) sum += resampled.total(which);
    const mean = scale * sum / (seeds * divisor);
    if (Number.isFinite(mean)) means.push(mean);
  }
  const samplingError = deviation(means) ?? 0;
  const perSeed = Array.from(
    { length: seeds },
    (_, which) => scale * resampled.whole(which) / divisor,
  );
  const seedDeviation = deviation(perSeed);
  if (seedDeviation === null) {
    return { samplingError, seedDeviation, detectable: null, seedsForPaper: null };
  }
  return {
    samplingError,
    seedDeviation,
    detectable: errorsToSee * Math.sqrt(seedDeviation ** 2 / seeds + samplingError ** 2),
    seedsForPaper: paper === null || paper === 0
      ? null
      : seedsToSee(Math.abs(paper), { samplingError, seedDeviation }),
  };
}

/** Seeds with which a difference is seen nine times in ten; 0 where no number of them is enough. */
export function seedsToSee(
  difference: number,
  { samplingError, seedDeviation }: { samplingError: number; seedDeviation: number },
): number {
  const room = (difference / errorsToSee) ** 2 - samplingError ** 2;
  return room <= 0 ? 0 : Math.max(1, Math.ceil(seedDeviation ** 2 / room));
}

/** Standard deviation with n − 1 in the denominator; null of fewer than two numbers. */
function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
