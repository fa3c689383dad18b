/**
 * Random convolutions (Xu et al., "Robust and generalizable visual representation learning via random
 * convolutions", ICLR 2021): they change texture and colour and leave shape, so that a network learns
 * what drawings of different artists have in common.
 *
 * @module
 */

import type { RandomStream } from "../../random.ts";

/** Numbers of one kernel: 3 channels out, 3 in, 3 × 3 taps. */
export const kernelNumbers = 81;

/** Most kernels in a batch: more would cut it into parts too small to be fast. */
const mostKernels = 8;

/**
 * Kernels of a batch: each changes an equal part of the images, so there are as many as divide it, at
 * most 8.
 */
export function countKernels(images: number): number {
  let count = Math.min(mostKernels, images);
  while (images % count !== 0) count--;
  return count;
}

/**
 * Draws kernels. A share of them is α·identity + (1 − α)·W with α uniform from 0 to 1 and
 * W ~ N(0, 1 / number of taps), of 3 × 3 taps or, with probability 0.4, of one; the others are the
 * identity.
 *
 * @param share Probability that a kernel changes anything, 0 to 1.
 * @param output [kernels, 3, 3, 3, 3]: kernel, channel out, channel in, row, column.
 */
export function drawRandomConvolutions(
  random: RandomStream,
  share: number,
  output: Float32Array,
): void {
  output.fill(0);
  for (let start = 0; start < output.length; start += kernelNumbers) {
    const plain = random.uniform() < 1 - share;
    const onePixel = random.uniform() < 0.4;
    const alpha = plain ? 1 : random.uniform();
    const std = 1 / Math.sqrt(onePixel ? 3 : 27);
    for (let out = 0; out < 3; out++) {
      for (let channel = 0; channel < 3; channel++) {
        for (let tap = 0; tap < 9; tap++) {
          const offset = start + (out * 3 + channel) * 9 + tap;
          const weight = random.normal() * std;
          if (!plain && (!onePixel || tap === 4)) output[offset] = (1 - alpha) * weight;
          if (tap === 4 && out === channel) output[offset]! += alpha;
        }
      }
    }
  }
}
