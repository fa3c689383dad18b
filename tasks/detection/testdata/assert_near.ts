/**
 * Comparison of arrays of numbers.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Every number within a tolerance, relative where it is greater than 1. */
export function assertNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < expected.length; index++) {
    const [is, should] = [actual[index]!, expected[index]!];
    const bound = tolerance * Math.max(1, Math.abs(should));
    assert.ok(Math.abs(is - should) <= bound, `number ${index}: ${is}, expected ${should}`);
  }
}
