/**
 * Boxes: `Float32Array` of shape `[N, 4]`, each x0, y0, x1, y1 in pixels. Arithmetic is in 32 bits, in
 * the order of torchvision's `ops/boxes.py`, so that decisions at a threshold are the same.
 *
 * @module
 */

import type { ImageSize } from "../data/decoding/image_header.ts";

const f = Math.fround;

/** How many boxes there are. @throws {RangeError} if the length is no multiple of four. */
export function countBoxes(boxes: Float32Array, what = "boxes"): number {
  if (boxes.length % 4 !== 0) {
    throw new RangeError(`${what}: expected [N, 4] numbers, got ${boxes.length}`);
  }
  return boxes.length / 4;
}

/** Area of every box, `[N]`; negative or zero where a box is inside out or empty. */
export function boxAreas(boxes: Float32Array): Float32Array {
  const areas = new Float32Array(countBoxes(boxes));
  for (let index = 0; index < areas.length; index++) {
    const at = 4 * index;
    areas[index] = f(boxes[at + 2]! - boxes[at]!) * f(boxes[at + 3]! - boxes[at + 1]!);
  }
  return areas;
}

/** The boxes cut off at the borders of an image: a new array. What is NaN stays NaN. */
export function clipBoxes(boxes: Float32Array, { height, width }: ImageSize): Float32Array {
  const clipped = new Float32Array(boxes.length);
  for (let at = 0; at < boxes.length; at++) {
    clipped[at] = Math.min(Math.max(boxes[at]!, 0), at % 2 === 0 ? width : height);
  }
  return clipped;
}

/** The boxes whose numbers stand in `indices`. */
export function takeBoxes(boxes: Float32Array, indices: ArrayLike<number>): Float32Array {
  const taken = new Float32Array(4 * indices.length);
  for (let index = 0; index < indices.length; index++) {
    const from = 4 * indices[index]!;
    for (let side = 0; side < 4; side++) taken[4 * index + side] = boxes[from + side]!;
  }
  return taken;
}

/** Boxes in another scale, e.g. those of a resized image brought back to the original. */
export function scaleBoxes(boxes: Float32Array, from: ImageSize, to: ImageSize): Float32Array {
  const scaleX = f(to.width / from.width), scaleY = f(to.height / from.height);
  return boxes.map((value, at) => value * (at % 2 === 0 ? scaleX : scaleY));
}

/**
 * Intersection over union of all pairs.
 *
 * @param first `[N, 4]`
 * @param second `[M, 4]`
 * @returns `[N, M]`; 0 where both boxes are empty, for which torchvision says NaN.
 */
export function boxIou(first: Float32Array, second: Float32Array): Float32Array {
  const rows = countBoxes(first), columns = countBoxes(second);
  const iou = new Float32Array(rows * columns);
  const areas = boxAreas(second);
  for (let row = 0; row < rows; row++) {
    iouRow(first, row, second, areas, iou.subarray(row * columns, (row + 1) * columns));
  }
  return iou;
}

/** One row of {@linkcode boxIou}: box `index` of `first` with all of `second`, to `row`. */
export function iouRow(
  first: Float32Array,
  index: number,
  second: Float32Array,
  secondAreas: Float32Array,
  row: Float32Array,
): void {
  const x0 = first[4 * index]!, y0 = first[4 * index + 1]!;
  const x1 = first[4 * index + 2]!, y1 = first[4 * index + 3]!;
  const area = f(f(x1 - x0) * f(y1 - y0));
  for (let other = 0, at = 0; other < secondAreas.length; other++, at += 4) {
    const left = second[at]!, top = second[at + 1]!;
    const right = second[at + 2]!, bottom = second[at + 3]!;
    const width = f((x1 < right ? x1 : right) - (x0 > left ? x0 : left));
    const height = f((y1 < bottom ? y1 : bottom) - (y0 > top ? y0 : top));
    // Whatever does not overlap has nothing to divide; so empty boxes give 0 and not 0 / 0.
    if (width > 0 && height > 0) {
      const shared = f(width * height);
      row[other] = shared / f(f(area + secondAreas[other]!) - shared);
    } else row[other] = 0;
  }
}
