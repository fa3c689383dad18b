/**
 * Drift: small losses that many nights together show.
 *
 * @module
 */

import { studentTail } from "../../core/results/student_t.ts";
import { adjustByHolm } from "./holm.ts";

/** A number over the nights since the baseline. */
export interface DriftSeries {
  /** Position in the history. */
  readonly position: string;
  readonly higherIsBetter: boolean;
  /** The baseline's number and its standard error by its seeds; 0 where unknown. */
  readonly base: { readonly value: number; readonly error: number };
  /** One number for each night, oldest first. */
  readonly nights: readonly number[];
}

/** A number that drifted. */
export interface Drift {
  readonly position: string;
  /** Mean of the nights − baseline. */
  readonly difference: number;
  /** 95 % interval of the difference. */
  readonly half: number;
  /** Nights with different values. */
  readonly nights: number;
}

/** Fewest nights with different values. */
export const leastDriftNights = 8;

/** Probability of one or more positions that seem to drift. */
const driftRate = 0.001;

/**
 * Finds numbers whose nights since the baseline lie below it. Nights with equal values are one: they
 * are the same trainings, and say nothing new. A one-sided t-test of the mean of the nights against
 * the baseline, with the noise of both, corrected by Holm's method over all positions.
 */
export function findDrift(series: readonly DriftSeries[]): Drift[] {
  const tested = series.flatMap(({ position, higherIsBetter, base, nights }) => {
    const values = [...new Set(nights)];
    const count = values.length;
    if (count < leastDriftNights) return [];
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
    const error = Math.hypot(Math.sqrt(variance / count), base.error);
    const difference = mean - base.value;
    const loss = higherIsBetter ? -difference : difference;
    const p = studentTail(loss / error, count - 1);
    return [{ position, difference, half: 2 * error, nights: count, p }];
  });
  const adjusted = adjustByHolm(tested.map(({ p }) => p));
  return tested.filter((_, index) => adjusted[index]! <= driftRate)
    .map(({ p: _p, ...drift }) => drift);
}
