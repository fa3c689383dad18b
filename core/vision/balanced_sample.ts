/**
 * A random sample of boxes with a bounded share of positive ones, as torchvision's
 * `BalancedPositiveNegativeSampler` draws it, from counted random numbers.
 *
 * @module
 */

import type { RandomStream } from "../random.ts";

/** How many boxes of an image are sampled. */
export interface SampleSize {
  /** Boxes of an image, at most. */
  readonly count: number;
  /** The most of them that may be positive, 0 … 1. */
  readonly positiveFraction: number;
}

/** Indices of sampled boxes, each list in rising order. */
export interface BalancedSample {
  readonly positive: Uint32Array;
  readonly negative: Uint32Array;
}

/**
 * Draws a sample. Negative boxes fill what positive ones leave free.
 *
 * @param labels Above 0: positive; 0: negative; below 0: not sampled. `[N]`
 */
export function sampleBalanced(
  labels: ArrayLike<number>,
  { count, positiveFraction }: SampleSize,
  random: RandomStream,
): BalancedSample {
  const positive: number[] = [], negative: number[] = [];
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index]!;
    if (label > 0) positive.push(index);
    else if (label === 0) negative.push(index);
  }
  const positives = Math.min(positive.length, Math.floor(count * positiveFraction));
  return {
    positive: drawSome(positive, positives, random),
    negative: drawSome(negative, Math.min(negative.length, count - positives), random),
  };
}

/** `count` of the items (the first steps of a Fisher–Yates shuffle), in rising order. */
function drawSome(items: number[], count: number, random: RandomStream): Uint32Array {
  if (count < items.length) {
    for (let index = 0; index < count; index++) {
      const other = index + random.integer(items.length - index);
      const kept = items[index]!;
      items[index] = items[other]!;
      items[other] = kept;
    }
  }
  return Uint32Array.from(items.slice(0, count)).sort();
}
