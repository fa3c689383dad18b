/**
 * What the mask head is to say: objects' masks, cut out at boxes and brought to a fixed size, as
 * torchvision's `project_masks_on_boxes`.
 *
 * @module
 */

import type { ImageSize } from "../data/decoding/image_header.ts";
import { axisTableBytes } from "./axis_table.ts";
import { boxMemory } from "./box_memory.ts";
import { countBoxes } from "./boxes.ts";
import { poolMask, prepareAxis } from "./kernels/box_kernels.wasm";

/**
 * The share of each bin of a box that an object covers, by bilinear samples.
 *
 * @param maskOf The mask of an object in the pixels of the boxes: bytes 0 and 1, row by row,
 *   `height × width`. It is asked once for each object that has boxes.
 * @param size Size of the masks.
 * @param boxes `[M, 4]`, finite.
 * @param objects Number of each box's object, `[M]`.
 * @param side Bins along each axis. Default: 28.
 * @returns `[M, side, side]`, 0 … 1
 */
export function projectMasks(
  maskOf: (object: number) => Uint8Array,
  { height, width }: ImageSize,
  boxes: Float32Array,
  objects: ArrayLike<number>,
  side = 28,
): Float32Array {
  const count = countBoxes(boxes), bins = side * side;
  if (objects.length !== count) {
    throw new RangeError(`Project masks: expected ${count} objects, got ${objects.length}`);
  }
  const targets = new Float32Array(count * bins);
  const order = Uint32Array.from({ length: count }, (_, index) => index)
    .sort((a, b) => objects[a]! - objects[b]!);
  let last: number | undefined;
  for (const index of order) {
    const object = objects[index]!;
    // Laid out for every box: maskOf may work in this memory, too.
    const places = boxMemory.reserve({
      mask: height * width,
      tableY: axisTableBytes(side, height),
      tableX: axisTableBytes(side, width),
      lines: 4 * side * height,
      target: 4 * bins,
    });
    if (object !== last) {
      const mask = maskOf(object);
      if (mask.length !== height * width) {
        throw new RangeError(
          `Project masks: expected ${height} × ${width} bytes of object ${object}, got ${mask.length}`,
        );
      }
      boxMemory.ensure(places.end);
      boxMemory.bytes(places.mask, mask.length).set(mask);
      last = object;
    }
    const { mask, tableY, tableX, lines, target } = places;
    const at = 4 * index;
    prepareAxis(tableY, boxes[at + 1]!, boxes[at + 3]!, 1, side, 0, 0, height);
    prepareAxis(tableX, boxes[at]!, boxes[at + 2]!, 1, side, 0, 0, width);
    poolMask(mask, width, tableY, tableX, side, lines, target);
    targets.set(boxMemory.floats(target, bins), index * bins);
  }
  return targets;
}
