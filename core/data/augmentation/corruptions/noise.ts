/**
 * Noise of ImageNet-C: Gaussian, shot (Poisson) and impulse (salt and pepper), each value by itself.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";
import { mapBytes } from "./float_image.ts";

/** Gives the next random number. */
export type Draw = () => number;

/**
 * Adds normal noise.
 *
 * @param std Standard deviation, white being 1.
 * @param normal Gives standard normal numbers, one for each value.
 */
export function gaussianNoise(image: RgbImage, std: number, normal: Draw): RgbImage {
  return mapBytes(image, (byte) => byte + 255 * std * normal());
}

/** Sums of the Poisson probabilities of 0, 1, … photons, until no more is missing. */
function poissonSums(mean: number): Float64Array {
  const sums: number[] = [];
  let probability = Math.exp(-mean), sum = probability;
  for (let photons = 1; sum < 1 && (photons <= mean || probability > 1e-18); photons++) {
    sums.push(sum);
    probability *= mean / photons;
    sum += probability;
  }
  sums.push(Infinity);
  return Float64Array.from(sums);
}

/** Sums for the 256 values of a byte, by the photons of white. */
const keptSums = new Map<number, (Float64Array | undefined)[]>();

/** The smallest index whose sum is at least `share`. */
function photonsOf(sums: Float64Array, share: number): number {
  let low = 0, high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle]! >= share) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Counts photons: a value becomes a Poisson number whose mean it is, drawn by the inverse of the
 * distribution.
 *
 * @param photons Mean number of white.
 * @param uniform Gives numbers above 0 and below 1, one for each value.
 */
export function shotNoise(image: RgbImage, photons: number, uniform: Draw): RgbImage {
  let sums = keptSums.get(photons);
  if (sums === undefined) keptSums.set(photons, sums = new Array(256).fill(undefined));
  const table = sums;
  return mapBytes(image, (byte) => {
    const own = table[byte] ??= poissonSums(byte / 255 * photons);
    return 255 * photonsOf(own, uniform()) / photons;
  });
}

/**
 * Makes values black or white, each with the same probability.
 *
 * @param share Share of the values.
 * @param uniform Gives numbers from 0 to 1: for each value one, and another where it is hit.
 */
export function impulseNoise(image: RgbImage, share: number, uniform: Draw): RgbImage {
  return mapBytes(image, (byte) => {
    if (uniform() > share) return byte;
    return uniform() <= 0.5 ? 255 : 0;
  });
}
