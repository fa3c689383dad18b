/**
 * Drift: small losses that many nights together show.
 *
 * @module
 */

import { studentQuantile, studentTail } from "../../core/results/student_t.ts";
import type { Variance } from "../../core/results/variance.ts";
import type { Level } from "./comparison.ts";
import { meanOf, varianceOf } from "./estimate.ts";
import { adjustByHolm } from "./holm.ts";
import { weightsOfLevels } from "./level_weights.ts";

/** The baseline's number, against which nights are held. */
export interface DriftBase {
  readonly value: number;
  /** Whether its seeds are those of the nights. */
  readonly hasSameSeeds: boolean;
  /**
   * Variance of `value` by its seeds: with the same seeds its part that is no effect of the seeds, with
   * others that of the nights' seeds, too. Undefined where nothing is known.
   */
  readonly variance?: Variance;
}

/** A number, or a mean of numbers, over the nights since the baseline. */
export interface DriftSeries {
  /** Position in the history, or the name of the mean. */
  readonly position: string;
  readonly level: Level;
  readonly higherIsBetter: boolean;
  readonly base: DriftBase;
  /** One for each night, oldest first. */
  readonly nights: readonly {
    readonly value: number;
    /** What tells trainings from each other: equal for nights that had the same students. */
    readonly training: string;
  }[];
}

/** A number that drifted. */
export interface Drift {
  readonly position: string;
  /** Mean of the nights − baseline. */
  readonly difference: number;
  /** Half of the 95 % interval of the difference. */
  readonly half: number;
  /** Nights with different trainings. */
  readonly nights: number;
}

/** Fewest nights with different trainings. */
export const leastDriftNights = 8;

/** Probability of one or more positions that seem to drift. */
export const driftRate = 0.001;

/**
 * The variance of the mean of nights − baseline; undefined where the baseline's part is not known.
 *
 * @param between The variance between nights, with one degree fewer than there are nights.
 */
function varianceOfDifference(
  between: Variance,
  { hasSameSeeds, variance }: DriftBase,
): Variance | undefined {
  const { degrees } = between, ofMean = between.value / (degrees + 1);
  if (hasSameSeeds) {
    // The baseline is a night like the others, so their spread is its own: a prediction of one more.
    // Nights whose code differs in how they measure are too much alike for that; then what its seeds
    // say is larger.
    return { value: ofMean + Math.max(between.value, variance?.value ?? 0), degrees };
  }
  if (variance === undefined) return undefined;
  // Satterthwaite's degrees would be too many where a variance of few seeds is small by chance.
  return {
    value: ofMean + variance.value,
    degrees: Math.min(degrees, variance.degrees),
  };
}

/**
 * Finds numbers whose nights since the baseline lie below it. Nights with the same trainings are one: they
 * say nothing new. A one-sided t-test of the mean of the nights against the baseline, with the noise of
 * both, corrected by Holm's method over all numbers and means, with the weights of the gate.
 *
 * @param rate Probability of one or more that seem to drift. @default {driftRate}
 */
export function findDrift(series: readonly DriftSeries[], rate: number = driftRate): Drift[] {
  const tested = series.flatMap(({ position, level, higherIsBetter, base, nights }) => {
    const values = [...new Map(nights.map(({ training, value }) => [training, value])).values()];
    const count = values.length;
    if (count < leastDriftNights) return [];
    const variance = varianceOfDifference(varianceOf(values), base);
    if (variance === undefined) return [];
    const { degrees } = variance, error = Math.sqrt(variance.value);
    const difference = meanOf(values) - base.value;
    const loss = higherIsBetter ? -difference : difference;
    const p = error > 0 ? studentTail(loss / error, degrees) : loss > 0 ? 0 : 1;
    const half = error * studentQuantile(0.975, degrees);
    return [{ position, difference, half, nights: count, level, p }];
  });
  const adjusted = adjustByHolm(
    tested.map(({ p }) => p),
    weightsOfLevels(tested.map(({ level }) => level)),
  );
  return tested.filter((_, index) => adjusted[index]! <= rate)
    .map(({ p: _p, level: _level, ...drift }) => drift);
}
