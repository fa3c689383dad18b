/**
 * Student's t distribution.
 *
 * @module
 */

import { incompleteBeta } from "./incomplete_functions.ts";

/** 97.5 % of the standard normal distribution, Student's t of infinite degrees, are below. */
export const normalQuantile975 = 1.959963984540054;

function assertDegrees(degrees: number): void {
  if (degrees > 0) return;
  throw new RangeError(`Cannot use Student's t: expected degrees of freedom > 0, got ${degrees}`);
}

/**
 * Probability that a number with Student's t distribution is larger than `t`.
 *
 * @param degrees Degrees of freedom; need not be whole, and may be infinite.
 * @throws {RangeError} for degrees that are not positive.
 */
export function studentTail(t: number, degrees: number): number {
  assertDegrees(degrees);
  if (Number.isNaN(t)) return NaN;
  if (Math.abs(t) === Infinity) return t > 0 ? 0 : 1;
  // From 1e7 on the normal distribution is the same to ten digits.
  const finite = Math.min(degrees, 1e7);
  const half = 0.5 * incompleteBeta(finite / (finite + t * t), finite / 2, 0.5);
  return t >= 0 ? half : 1 - half;
}

/**
 * The number that one of Student's t distribution is below with a probability.
 *
 * @param probability Above 0, below 1.
 * @param degrees Degrees of freedom; need not be whole, and may be infinite.
 * @throws {RangeError} where one of them is out of range.
 */
export function studentQuantile(probability: number, degrees: number): number {
  assertDegrees(degrees);
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(
      `Cannot use Student's t: expected a probability between 0 and 1, got ${probability}`,
    );
  }
  if (probability < 0.5) return -studentQuantile(1 - probability, degrees);
  const tail = 1 - probability;
  let low = 0, high = 1;
  while (studentTail(high, degrees) > tail) {
    low = high;
    high *= 2;
  }
  // The tail falls, so halving the interval finds the last bit.
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (studentTail(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  return high;
}
