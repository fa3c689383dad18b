/**
 * Known answers of intervals, made by make_interval_reference.py with SciPy and statsmodels.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";

/** What the file holds. */
export interface IntervalReference {
  readonly crossed: readonly {
    readonly values: number[][];
    readonly mean: number;
    readonly bySeeds: number;
    readonly bySamples: number;
    readonly hillisDegrees: number;
    readonly skewness: number;
  }[];
  readonly quantiles: readonly {
    readonly probability: number;
    readonly degrees: number;
    readonly value: number;
  }[];
  readonly welch: readonly {
    readonly one: number[];
    readonly two: number[];
    readonly degrees: number;
    readonly ci95: [number, number];
  }[];
  readonly coverages: readonly {
    readonly seeds: number;
    readonly share: number;
    readonly plain: number;
    readonly margin: number;
  }[];
}

/** The known answers. */
export const reference = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "interval_reference.json")),
) as IntervalReference;

/** Asserts that two numbers are equal to a share of the expected one, or of 1 where it is smaller. */
export function near(actual: number, expected: number, tolerance = 1e-9): void {
  const distance = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  assert.ok(distance <= tolerance, `expected ${expected}, got ${actual}`);
}
