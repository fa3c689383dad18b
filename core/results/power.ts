/**
 * What a comparison could have seen: the error of its samples and that of its seeds apart, the smallest
 * difference that would be seen, and how many seeds another one takes.
 *
 * @module
 */

import { standardError } from "./interval.ts";
import type { MetricDifference } from "./statistics.ts";
import { studentQuantile } from "./student_t.ts";
import { addSeedsAndSamples } from "./variance.ts";

/** What a comparison could have seen, in the metric's unit. */
export interface DifferencePower {
  /** Standard error of the difference by the choice of the samples, which more seeds leave as it is. */
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

/** 90 % of the standard normal distribution are below. */
const z90 = 1.2815515655446004;

/**
 * A difference of so many standard errors is seen nine times in ten by an interval of 95 %: the
 * noncentrality of Student's t whose 10 % quantile is the 97.5 % quantile of the central one (Johnson and
 * Welch 1940, their normal approximation). 3.24 of many degrees of freedom, 6.8 of two.
 *
 * @param degrees Degrees of freedom, above 0.
 */
export function errorsToSee(degrees: number): number {
  const t = studentQuantile(0.975, degrees);
  return t * (1 - 1 / (4 * degrees)) + z90 * Math.sqrt(1 + t * t / (2 * degrees));
}

/**
 * Splits the error of a paired difference as its interval does: var = σ_seed² / S + σ_sample², of which
 * the first becomes smaller with more seeds.
 *
 * @param options.paper The paper's difference.
 */
export function differencePower(
  { perSeed, error }: Pick<MetricDifference, "perSeed" | "error">,
  { paper }: { readonly paper: number | null },
): DifferencePower {
  const samplingError = error.samples;
  if (error.seeds === null) {
    return { samplingError, seedDeviation: null, detectable: null, seedsForPaper: null };
  }
  const seedDeviation = error.seeds * Math.sqrt(perSeed.length);
  return {
    samplingError,
    seedDeviation,
    detectable: errorsToSee(error.degrees) * standardError(error),
    seedsForPaper: paper === null || paper === 0
      ? null
      : seedsToSee(Math.abs(paper), { samplingError, seedDeviation }),
  };
}

/**
 * Seeds with which a difference is seen nine times in ten; 0 where no number of them is enough. Where
 * trainings differ it is at least two: one says nothing of their spread.
 */
export function seedsToSee(
  difference: number,
  { samplingError, seedDeviation }: { samplingError: number; seedDeviation: number },
): number {
  const room = (difference / errorsToSee(Infinity)) ** 2 - samplingError ** 2;
  if (room <= 0) return 0;
  if (seedDeviation === 0) return 1;
  const isSeen = (seeds: number) => {
    const { value, degrees } = addSeedsAndSamples(
      { value: seedDeviation ** 2 / seeds, degrees: seeds - 1 },
      { value: samplingError ** 2, degrees: Infinity },
    );
    return errorsToSee(degrees) * Math.sqrt(value) <= difference;
  };
  // With few seeds it takes some more than with a spread that is known.
  let seeds = Math.max(2, Math.ceil(seedDeviation ** 2 / room));
  while (!isSeen(seeds)) seeds++;
  return seeds;
}
