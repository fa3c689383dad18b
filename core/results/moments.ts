/**
 * How the mean of a metric over seeds moves: with the choice of the seeds, and with that of the samples.
 *
 * @module
 */

import { sampleDraws } from "./resampling.ts";

/** Moments of a number that every seed gives on the same samples, in the number's unit. */
export interface Moments {
  /** Number of samples. */
  readonly n: number;
  /** The number over all samples, of each seed. */
  readonly perSeed: number[];
  /** Variance of `perSeed`, with seeds − 1 in the denominator; 0 of one seed. */
  readonly betweenSeeds: number;
  /**
   * What the choice of the samples does to all seeds alike: the mean covariance of two seeds, which
   * averaging over seeds does not make smaller; of one seed its variance. Never below 0.
   */
  readonly ofSamples: number;
  /** Mean variance of a single seed by the choice of the samples. */
  readonly ofSamplesOfOne: number;
  /** Third central moment of the mean over seeds by the choice of the samples. */
  readonly thirdOfSamples: number;
  /** Draws of samples over which the number is not finite; they take no part. */
  readonly undefinedResamples: number;
}

/** Mean of numbers. */
function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}

/** Mean of a power of the distances from the mean. */
function centralMoment(values: ArrayLike<number>, power: 2 | 3): number {
  const mean = meanOf(values);
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    const distance = values[index]! - mean;
    sum += power === 2 ? distance * distance : distance * distance * distance;
  }
  return sum / values.length;
}

/**
 * Variance that the choice of the samples gives two seeds in common, that of a seed of its own, and the
 * third moment of the mean over seeds, of one number per seed and sample or draw.
 */
function sharedMoments(
  perSeed: readonly Float64Array[],
): { variance: number; own: number; third: number } {
  const seeds = perSeed.length;
  const means = new Float64Array(perSeed[0]!.length);
  for (const values of perSeed) {
    for (let index = 0; index < means.length; index++) means[index]! += values[index]! / seeds;
  }
  const ofMean = centralMoment(means, 2), third = centralMoment(means, 3);
  if (seeds === 1) return { variance: ofMean, own: ofMean, third };
  // Var(mean) = (variances + (seeds − 1) · covariances) / seeds, all of them means.
  const own = meanOf(perSeed.map((values) => centralMoment(values, 2)));
  return { variance: Math.max(0, (seeds * ofMean - own) / (seeds - 1)), own, third };
}

/** Variance with count − 1 in the denominator; 0 of one number. */
function varianceOf(values: readonly number[]): number {
  return values.length < 2 ? 0 : centralMoment(values, 2) * values.length / (values.length - 1);
}

/**
 * Moments of means over samples, from one number per seed and sample. Nothing is drawn: these are the
 * moments to which those of a bootstrap tend.
 *
 * @param scale Factor on the means.
 */
export function momentsOfMeans(perSeed: readonly Float64Array[], scale: number): Moments {
  const n = perSeed[0]!.length;
  const values = perSeed.map((numbers) => scale * meanOf(numbers));
  const { variance, own, third } = sharedMoments(perSeed);
  return {
    n,
    perSeed: values,
    betweenSeeds: varianceOf(values),
    // Of one sample nothing is known of others.
    ofSamples: n === 1 ? 0 : scale ** 2 * variance / (n - 1),
    ofSamplesOfOne: n === 1 ? 0 : scale ** 2 * own / (n - 1),
    thirdOfSamples: scale ** 3 * third / n ** 2,
    undefinedResamples: 0,
  };
}

/**
 * Moments of any function of the weights of the samples, one per seed, by a bootstrap: samples are drawn
 * with replacement, the same draw for all seeds. A draw over which a seed has no finite number is left
 * out and counted.
 *
 * @param fail Told of a number that is not finite over all samples, or in every draw.
 */
export function momentsOfWeights(
  n: number,
  perSeed: readonly ((weights: Float64Array) => number)[],
  { resamples, seed, fail }: {
    readonly resamples: number;
    readonly seed: number;
    readonly fail: (got: string) => never;
  },
): Moments {
  const ones = new Float64Array(n).fill(1);
  const values = perSeed.map((compute, which) => {
    const value = compute(ones);
    return Number.isFinite(value) ? value : fail(`${value} over all samples of run ${which}`);
  });
  const next = sampleDraws(n, resamples, seed);
  const weights = new Float64Array(n);
  const drawn = perSeed.map(() => new Float64Array(resamples));
  let count = 0;
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (const index of next()) weights[index]!++;
    let isFinite = true;
    for (let which = 0; which < drawn.length && isFinite; which++) {
      const value = perSeed[which]!(weights);
      drawn[which]![count] = value;
      isFinite = Number.isFinite(value);
    }
    if (isFinite) count++;
  }
  if (count === 0) fail("none in any resample that was drawn for its interval");
  const { variance, own, third } = sharedMoments(
    drawn.map((numbers) => numbers.subarray(0, count)),
  );
  return {
    n,
    perSeed: values,
    betweenSeeds: varianceOf(values),
    // A draw of n samples varies by (n − 1) / n of what n new ones would.
    ofSamples: n === 1 ? 0 : variance * n / (n - 1),
    ofSamplesOfOne: n === 1 ? 0 : own * n / (n - 1),
    thirdOfSamples: third,
    undefinedResamples: resamples - count,
  };
}
