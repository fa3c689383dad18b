/**
 * Images as real numbers, while they are corrupted.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";

/** What rounding errors may take from a number: 255 · (1 − ε) is still 255. */
const slack = 1e-6;

/** A byte of a value of 0 to 255: cut to the range and to a whole number, not rounded. */
export function cutToByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value + slack);
}

/** An image of the same size whose bytes are computed one by one, in the order of the image. */
export function mapBytes(
  { width, height, pixels }: RgbImage,
  change: (byte: number, index: number) => number,
): RgbImage {
  const output = new Uint8Array(pixels.length);
  for (let index = 0; index < pixels.length; index++) {
    output[index] = cutToByte(change(pixels[index]!, index));
  }
  return { width, height, pixels: output };
}

/** One channel of an image, `[height, width]`, 0 to 255. */
export type Plane = Float64Array;

/** Computes every channel anew. */
export function mapPlanes(
  { width, height, pixels }: RgbImage,
  change: (plane: Plane) => Plane,
): RgbImage {
  const area = width * height;
  const output = new Uint8Array(3 * area);
  const plane = new Float64Array(area);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < area; pixel++) plane[pixel] = pixels[3 * pixel + channel]!;
    const changed = change(plane);
    for (let pixel = 0; pixel < area; pixel++) {
      output[3 * pixel + channel] = cutToByte(changed[pixel]!);
    }
  }
  return { width, height, pixels: output };
}

/** Where the pixels beyond the border are taken from. */
export type Border = "repeat" | "mirror" | "reflect";

/**
 * Index of the pixel that stands at `position` of a line of `length` pixels: beyond the border it is the
 * last one (`repeat`), or the line mirrored at the middle of its last pixel (`mirror`), or at the edge of
 * it, so that it stands there twice (`reflect`).
 */
export function borderIndex(position: number, length: number, border: Border): number {
  if (border === "repeat") return Math.min(Math.max(position, 0), length - 1);
  if (border === "reflect") {
    const place = ((position % (2 * length)) + 2 * length) % (2 * length);
    return place < length ? place : 2 * length - 1 - place;
  }
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const place = ((position % period) + period) % period;
  return place < length ? place : period - place;
}

/** A weight of a neighbouring pixel. */
export interface Tap {
  readonly dx: number;
  readonly dy: number;
  readonly weight: number;
}

/** Weighted sum of the pixels at `x + dx`, `y + dy`. */
export function filterPlane(
  plane: Plane,
  { width, height }: Pick<RgbImage, "width" | "height">,
  taps: readonly Tap[],
  border: Border,
): Plane {
  const output = new Float64Array(plane.length);
  const columns = new Int32Array(width);
  for (const { dx, dy, weight } of taps) {
    for (let x = 0; x < width; x++) columns[x] = borderIndex(x + dx, width, border);
    for (let y = 0; y < height; y++) {
      const from = borderIndex(y + dy, height, border) * width, to = y * width;
      for (let x = 0; x < width; x++) output[to + x]! += weight * plane[from + columns[x]!]!;
    }
  }
  return output;
}
