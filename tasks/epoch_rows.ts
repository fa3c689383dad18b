/**
 * The order of the rows that a task trains on.
 *
 * @module
 */

import { RandomStream } from "../core/random.ts";

/**
 * A permutation of 0 … count − 1 for each epoch, drawn again only where the epoch changes: a step's
 * batch depends on the step alone, so a resumed training sees the same ones.
 *
 * @param stream Name of the task's own random numbers.
 */
export function epochPermutations(
  { count, seed, stream }: { count: number; seed: number; stream: string },
): (epoch: number) => Uint32Array {
  let drawn = -1, order: Uint32Array = new Uint32Array(0);
  return (epoch) => {
    if (epoch !== drawn) {
      order = new RandomStream(seed, stream, epoch).permutation(count);
      drawn = epoch;
    }
    return order;
  };
}
