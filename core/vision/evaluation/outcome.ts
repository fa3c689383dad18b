/**
 * What became of a detection at every IoU threshold, as one number that a float32 holds exactly: bit
 * t says that it matched an object at threshold t, bit 10 + t that it is ignored there.
 *
 * @module
 */

import { iouThresholds } from "./protocol.ts";

const ignoredShift = iouThresholds.length;

/** All thresholds at once: matched nothing, and ignored. */
export const ignoredEverywhere: number = (2 ** ignoredShift - 1) << ignoredShift;

/** Bit of an outcome that is set where the detection matched at a threshold. */
export function matchedBit(threshold: number): number {
  return 1 << threshold;
}

/** Bit of an outcome that is set where the detection is ignored at a threshold. */
export function ignoredBit(threshold: number): number {
  return 1 << (ignoredShift + threshold);
}

/** Thresholds at which a detection is right: it matched an object that counts. A set of bits. */
export function rightThresholds(outcome: number): number {
  return outcome & ~(outcome >> ignoredShift) & (2 ** ignoredShift - 1);
}

/** Thresholds at which a detection is wrong: it matched nothing and is not ignored. A set of bits. */
export function wrongThresholds(outcome: number): number {
  return ~outcome & ~(outcome >> ignoredShift) & (2 ** ignoredShift - 1);
}

/** How many bits are set. */
export function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
