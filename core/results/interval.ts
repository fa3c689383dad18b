/**
 * From the moments of a number to its 95 % interval, with few seeds too.
 *
 * @module
 */

import type { Moments } from "./moments.ts";
import { studentQuantile } from "./student_t.ts";
import { addSeedsAndSamples } from "./variance.ts";

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

/** 97.5 % of the standard normal distribution are below. */
const z = 1.959963984540054;

/** Standard error of a mean over seeds, both parts together. */
export function standardError(
  { samples, seeds }: Pick<IntervalError, "samples" | "seeds">,
): number {
  return Math.hypot(samples, seeds ?? 0);
}

/**
 * The 95 % interval of a mean over seeds and samples: value ± t · error, moved for what is skewed.
 *
 * The variance is that of seeds and samples crossed, as readers and cases are in radiology (Dorfman,
 * Berbaum and Metz 1992; Obuchowski and Rockette 1995): s² / seeds, s² between the seeds' values, plus
 * the covariance of seeds by the choice of the samples, 0 where its estimate is negative. What changes
 * from seed to seed on single samples is in s² and counts once. The degrees of freedom are those of
 * Hillis (2007), Satterthwaite's for that sum, by {@linkcode addSeedsAndSamples}.
 *
 * Numbers between two ends are skewed near them, where most answers are right or wrong, and their error
 * is small when they lie nearer to the end than the truth: the interval is moved by error · skewness ·
 * (1 + 2 z²) / 6 (Johnson 1978; Hall 1992). Numbers without ends, such as differences, are not moved:
 * their tails make the estimated skewness follow the error of the number itself.
 *
 * @param range Least and largest value that the number can have: the interval ends there.
 */
export function intervalOfMoments(
  { n, perSeed, betweenSeeds, ofSamples, thirdOfSamples }: Moments,
  [least, largest]: readonly [number, number] = [-Infinity, Infinity],
): MeanInterval {
  const seeds = perSeed.length;
  const value = perSeed.reduce((sum, one) => sum + one, 0) / seeds;
  const bySeeds = betweenSeeds / seeds;
  const { value: variance, degrees } = addSeedsAndSamples(
    { value: bySeeds, degrees: seeds - 1 },
    { value: ofSamples, degrees: n - 1 },
  );
  const parts = { samples: Math.sqrt(ofSamples), seeds: seeds === 1 ? null : Math.sqrt(bySeeds) };
  if (variance === 0) {
    return { value, ci95: [value, value], error: { ...parts, degrees: Math.max(1, n - 1) } };
  }
  const error = Math.sqrt(variance);
  // A mean of n numbers never has a larger one.
  const skewness = Number.isFinite(largest - least)
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
