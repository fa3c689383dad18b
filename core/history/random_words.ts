/**
 * Many random numbers in little time, for permutations: a stream of `core/random.ts` gives the
 * state, xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021)
 * goes on from it, ten times as fast.
 *
 * @module
 */

import { RandomStream } from "../random.ts";

/**
 * A function that gives whole numbers in [0, bound), for bounds below 2²⁴; the same ones for the same
 * seed and stream.
 */
export function fastIntegers(
  seed: number,
  ...stream: (string | number)[]
): (bound: number) => number {
  const words = new RandomStream(seed, ...stream);
  // All zeros would stay zeros; an odd word keeps that away.
  let a = words.uint32() | 1, b = words.uint32() | 0, c = words.uint32() | 0;
  let d = words.uint32() | 0;
  return (bound) => {
    const product = Math.imul(b, 5);
    const word = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    // The bias is below bound / 2³².
    return Math.floor(word * (bound / 4294967296));
  };
}

/** Shuffles the first `count` numbers in place (Fisher–Yates). */
export function shuffle(
  values: Float64Array,
  count: number,
  integer: (bound: number) => number,
): void {
  for (let index = count - 1; index > 0; index--) {
    const other = integer(index + 1);
    const kept = values[index]!;
    values[index] = values[other]!;
    values[other] = kept;
  }
}
