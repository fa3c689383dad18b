/**
 * Masks of detections, brought from their box to the image, as torchvision's `paste_masks_in_image`.
 *
 * @module
 */

import type { ImageSize } from "../data/decoding/image_header.ts";
import { encodeMask, type PixelWindow, type RunLengthMask } from "./run_length.ts";

const f = Math.fround;

/** Bilinear interpolation from `extent` numbers to pixels `from` … `from + count − 1` of `size`. */
interface Interpolation {
  readonly below: Int32Array;
  readonly rest: Float32Array;
}

function interpolate(extent: number, size: number, from: number, count: number): Interpolation {
  const below = new Int32Array(count), rest = new Float32Array(count);
  const scale = f(extent / size);
  for (let index = 0; index < count; index++) {
    const at = Math.max(f(f(scale * (from + index + 0.5)) - 0.5), 0);
    below[index] = Math.min(Math.floor(at), extent - 1);
    rest[index] = Math.min(at - below[index]!, 1);
  }
  return { below, rest };
}

/** The mask with a border of one zero, so that it fades out at its edges. */
function addBorder(probabilities: Float32Array, side: number): Float32Array {
  const bordered = new Float32Array((side + 2) ** 2);
  for (let row = 0; row < side; row++) {
    const source = probabilities.subarray(row * side, (row + 1) * side);
    bordered.set(source, (row + 1) * (side + 2) + 1);
  }
  return bordered;
}

/** Lower and upper end of a box along an axis, grown around its centre and cut to whole pixels. */
function growSide(low: number, high: number, scale: number): [number, number] {
  const half = f(f(f(high - low) * 0.5) * scale), centre = f(f(high + low) * 0.5);
  return [Math.trunc(f(centre - half)), Math.trunc(f(centre + half))];
}

/**
 * Pastes the mask of one detection.
 *
 * @param probabilities What the mask head says for the detection's class, `[side, side]`, 0 … 1.
 * @param box x0, y0, x1, y1 in pixels of the image, finite; parts outside are cut off.
 * @param image Size of the image.
 * @param threshold A pixel belongs to the object where its probability is greater. Default: 0.5.
 * @returns The mask of the whole image.
 */
export function pasteMask(
  probabilities: Float32Array,
  box: ArrayLike<number>,
  image: ImageSize,
  threshold = 0.5,
): RunLengthMask {
  const side = Math.sqrt(probabilities.length);
  if (!Number.isInteger(side) || side < 1) {
    throw new RangeError(`Paste mask: expected a square, got ${probabilities.length} numbers`);
  }
  const extent = side + 2, bordered = addBorder(probabilities, side);
  const growth = f(extent / side);
  const [left, right] = growSide(box[0]!, box[2]!, growth);
  const [top, bottom] = growSide(box[1]!, box[3]!, growth);
  const width = Math.max(right - left + 1, 1), height = Math.max(bottom - top + 1, 1);
  const window: PixelWindow = {
    left: Math.min(Math.max(left, 0), image.width),
    top: Math.min(Math.max(top, 0), image.height),
    width: Math.max(Math.min(right + 1, image.width) - Math.max(left, 0), 0),
    height: Math.max(Math.min(bottom + 1, image.height) - Math.max(top, 0), 0),
  };
  const columns = interpolate(extent, width, window.left - left, window.width);
  const rows = interpolate(extent, height, window.top - top, window.height);
  // Along x first: every row of the mask serves many rows of the image.
  const lines = new Float32Array(extent * window.width);
  for (let row = 0; row < extent; row++) {
    for (let x = 0; x < window.width; x++) {
      const at = row * extent + columns.below[x]!;
      const next = columns.below[x]! + 1 < extent ? at + 1 : at;
      const rest = columns.rest[x]!;
      lines[row * window.width + x] = bordered[at]! * (1 - rest) + bordered[next]! * rest;
    }
  }
  const inside = new Uint8Array(window.width * window.height);
  for (let y = 0; y < window.height; y++) {
    const below = rows.below[y]! * window.width;
    const above = rows.below[y]! + 1 < extent ? below + window.width : below;
    const rest = rows.rest[y]!, kept = 1 - rest;
    for (let x = 0; x < window.width; x++) {
      const value = lines[below + x]! * kept + lines[above + x]! * rest;
      if (value > threshold) inside[y * window.width + x] = 1;
    }
  }
  return encodeMask(inside, image.height, image.width, window);
}
