/**
 * From the moments of a number to its 95 % interval, with few seeds too.
 *
 * @module
 */

import { TaskError } from "../errors.ts";
import type { Moments } from "./moments.ts";
import { normalQuantile975 as z, studentQuantile } from "./student_t.ts";
import { addSeedsAndSamples, type Variance } from "./variance.ts";

/** The standard error of a mean over seeds in its parts, in the number's unit. */
export interface IntervalError {
  /** By the choice of the samples, however many seeds there are; with one seed, of that training. */
  samples: number;
  /** By the choice of the seeds; null with one seed, where the spread between trainings is unknown. */
  seeds: number | null;
  /** Degrees of freedom of Student's t with which both together make an interval. */
  degrees: number;
}

/** A mean over seeds with its interval. */
export interface MeanInterval {
  /** Mean over seeds. */
  readonly value: number;
  /** 95 % interval, [low, high]. */
  readonly ci95: [number, number];
  /** The standard error that it is made of. */
  readonly error: IntervalError;
}

/** Standard error of a mean over seeds, both parts together. */
export function standardError(
  { samples, seeds }: Pick<IntervalError, "samples" | "seeds">,
): number {
  return Math.hypot(samples, seeds ?? 0);
}

/**
 * Values of seeds are tied where their variance is less than this share of a seed's own by the samples:
 * 0 but for rounding.
 */
const tieShare = 1e-12;

/** @throws {TaskError} where a moment is not finite. */
function assertFinite({ perSeed, betweenSeeds, ofSamples, ofSamplesOfOne }: Moments): void {
  const numbers = [
    ...perSeed.map((value, seed) => [`seed ${seed}`, value] as const),
    ["the variance between seeds", betweenSeeds],
    ["the covariance by the samples", ofSamples],
    ["the variance by the samples", ofSamplesOfOne],
  ] as const;
  const wrong = numbers.find(([, value]) => !Number.isFinite(value));
  if (perSeed.length > 0 && wrong === undefined) return;
  throw new TaskError(
    "Cannot compute an interval: expected finite numbers of at least one seed and one sample, got " +
      (wrong === undefined ? "no seed" : `${wrong[1]} for ${wrong[0]}`),
  );
}

/**
 * Variance of the mean over seeds by both, and the part of the seeds.
 *
 * Discrete values of few seeds tie by chance, e.g. two that each have 60 right of 100, not the same ones.
 * Their variance of 0 says nothing of the spread: in its place is what the samples alone make of it, the
 * variance of one seed less what seeds have in common, so that the sum is that of the mean over seeds by
 * the samples alone. It is 0 only where the seeds agree on every sample.
 */
function varianceOfMean(
  { n, perSeed, betweenSeeds, ofSamples, ofSamplesOfOne }: Moments,
): { bySeeds: number; variance: Variance } {
  const seeds = perSeed.length;
  if (seeds > 1 && ofSamplesOfOne > 0 && betweenSeeds <= tieShare * ofSamplesOfOne) {
    const rest = ofSamplesOfOne - ofSamples;
    const bySeeds = rest <= tieShare * ofSamplesOfOne ? 0 : rest / seeds;
    return { bySeeds, variance: { value: bySeeds + ofSamples, degrees: n - 1 } };
  }
  const bySeeds = betweenSeeds / seeds;
  const variance = addSeedsAndSamples(
    { value: bySeeds, degrees: seeds - 1 },
    { value: ofSamples, degrees: n - 1 },
  );
  return { bySeeds, variance };
}

/**
 * The 95 % interval of a mean over seeds and samples: value ± t · error, moved for what is skewed.
 *
 * The variance is that of seeds and samples crossed, as readers and cases are in radiology (Dorfman,
 * Berbaum and Metz 1992; Obuchowski and Rockette 1995): s² / seeds, s² between the seeds' values, plus
 * the covariance of seeds by the choice of the samples, 0 where its estimate is negative. What changes
 * from seed to seed on single samples is in s² and counts once. The degrees of freedom are those of
 * Hillis (2007), Satterthwaite's for that sum, by {@linkcode addSeedsAndSamples}. Where the values of
 * several seeds tie, the interval is over samples alone, with their degrees.
 *
 * Numbers between two ends are skewed near them, where most answers are right or wrong, and their error
 * is small when they lie nearer to the end than the truth: the interval is moved by error · skewness ·
 * (1 + 2 z²) / 6 (Johnson 1978; Hall 1992). Numbers without ends, such as differences, are not moved:
 * their tails make the estimated skewness follow the error of the number itself. The skewness is taken
 * between −1 and 1, beyond which that of a mean of n numbers never is, and the interval holds the value.
 *
 * @param range Least and largest value that the number can have: the interval ends there.
 * @param options.isDifference Whether it is a difference or sum of numbers, which is not moved though it
 * has ends.
 * @throws {TaskError} where a number is not finite.
 */
export function intervalOfMoments(
  moments: Moments,
  [least, largest]: readonly [number, number] = [-Infinity, Infinity],
  { isDifference = false }: { readonly isDifference?: boolean } = {},
): MeanInterval {
  assertFinite(moments);
  const { n, perSeed, ofSamples, thirdOfSamples } = moments;
  const seeds = perSeed.length;
  const value = perSeed.reduce((sum, one) => sum + one, 0) / seeds;
  const { bySeeds, variance: { value: variance, degrees } } = varianceOfMean(moments);
  const parts = { samples: Math.sqrt(ofSamples), seeds: seeds === 1 ? null : Math.sqrt(bySeeds) };
  if (variance === 0) {
    return { value, ci95: [value, value], error: { ...parts, degrees: Math.max(1, n - 1) } };
  }
  const error = Math.sqrt(variance);
  const skewness = !isDifference && Number.isFinite(largest - least)
    ? Math.max(-1, Math.min(1, thirdOfSamples / (variance * error)))
    : 0;
  const middle = value + error * skewness * (1 + 2 * z * z) / 6;
  const half = error * studentQuantile(0.975, degrees);
  return {
    value,
    ci95: [
      Math.min(value, Math.max(least, middle - half)),
      Math.max(value, Math.min(largest, middle + half)),
    ],
    error: { ...parts, degrees },
  };
}
