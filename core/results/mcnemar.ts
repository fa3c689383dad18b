/**
 * McNemar's test: whether two models differ, by the samples that only one of them has right.
 *
 * @module
 */

import { incompleteBeta, upperGamma } from "./incomplete_functions.ts";

/** How often two models disagree. */
export interface Disagreement {
  /** Samples on which the second is better. */
  readonly better: number;
  /** Samples on which it is worse. */
  readonly worse: number;
}

function assertCounts({ better, worse }: Disagreement): void {
  for (const [name, count] of Object.entries({ better, worse })) {
    if (Number.isSafeInteger(count) && count >= 0) continue;
    throw new RangeError(
      `Cannot test a difference: ${name} is ${count}, expected a whole number from 0`,
    );
  }
}

/**
 * Two-sided p-value of McNemar's exact test: with no difference each of the samples that only one has
 * right is equally likely to be either's, so their number is binomial. 1 where there are none.
 *
 * @throws {RangeError} where a count is not a whole number from 0.
 */
export function mcnemarExact(counts: Disagreement): number {
  assertCounts(counts);
  const { better, worse } = counts;
  const least = Math.min(better, worse), all = better + worse;
  // P(X ≤ least) of the binomial distribution with probability one half; both tails where they meet.
  return 2 * least >= all ? 1 : Math.min(1, 2 * incompleteBeta(0.5, all - least, least + 1));
}

/**
 * Two-sided p-value of McNemar's test by the χ² distribution, for some 25 samples or more: (|b − c| −
 * 1)² / (b + c), or without the 1. 1 where there are none.
 *
 * @param options.correction Edwards' correction for continuity. @default {true}
 * @throws {RangeError} where a count is not a whole number from 0.
 */
export function mcnemarAsymptotic(
  counts: Disagreement,
  { correction = true }: { readonly correction?: boolean } = {},
): number {
  assertCounts(counts);
  const { better, worse } = counts;
  const all = better + worse;
  if (all === 0) return 1;
  const distance = Math.abs(better - worse) - (correction ? 1 : 0);
  return upperGamma(0.5, distance ** 2 / all / 2);
}
