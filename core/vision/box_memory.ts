/**
 * The memory of the kernels of boxes and masks, one per thread; every call lays it out anew.
 *
 * @module
 */

import { memory } from "./kernels/box_kernels.wasm";
import { KernelMemory } from "./kernel_memory.ts";

/** Boxes or masks of the call at hand. */
export const boxMemory: KernelMemory = new KernelMemory(memory, "boxes and masks");

/** Rounds a count of boxes up to what kernels take at once. */
export function padCount(count: number): number {
  return (count + 3) & ~3;
}

/** Writes boxes as one array for each side, filled up with empty boxes. */
export function loadSides(
  boxes: Float32Array,
  order: ArrayLike<number> | undefined,
  address: number,
): void {
  const count = order?.length ?? boxes.length / 4;
  const padded = padCount(count);
  const sides = boxMemory.floats(address, 4 * padded);
  for (let place = 0; place < count; place++) {
    const from = 4 * (order === undefined ? place : order[place]!);
    for (let side = 0; side < 4; side++) sides[side * padded + place] = boxes[from + side]!;
  }
  for (let side = 0; side < 4; side++) sides.fill(0, side * padded + count, (side + 1) * padded);
}
