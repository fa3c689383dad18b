/**
 * Brings an image to its size and puts it at the top left of a padded place in a batch.
 *
 * @module
 */

import type { RgbImage } from "../../data/augmentation/image_memory.ts";
import type { ImageSize } from "../../data/decoding/image_header.ts";

/** Where an image goes, and how. */
export interface ImagePlace {
  /** Size of the image in the batch. */
  readonly size: ImageSize;
  /** Size with padding. */
  readonly shape: ImageSize;
  readonly isMirrored: boolean;
  /** Red, green and blue of the padding, 0 to 255. */
  readonly padding: readonly number[];
}

/** ImageNet's mean colour in whole numbers: after normalisation the padding is almost 0. */
export const imagenetPadding: readonly number[] = [124, 116, 104];

/** Sample positions along an axis: source pixel, the next one, and the next one's weight. */
interface Axis {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float32Array;
}

/** Bilinear interpolation between pixel centres, without averaging: PyTorch's and OpenCV's default. */
function makeAxis(from: number, to: number, isMirrored: boolean): Axis {
  const low = new Int32Array(to), high = new Int32Array(to), weight = new Float32Array(to);
  const scale = from / to;
  for (let index = 0; index < to; index++) {
    const place = Math.max(0, (index + 0.5) * scale - 0.5);
    const at = isMirrored ? to - 1 - index : index;
    const whole = Math.min(Math.floor(place), from - 1);
    low[at] = whole;
    high[at] = Math.min(whole + 1, from - 1);
    weight[at] = place - whole;
  }
  return { low, high, weight };
}

/** Interpolates one row of RGB pixels to `[3, to]`. */
function resampleRow(row: Uint8Array, { low, high, weight }: Axis, output: Float32Array): void {
  const { length } = low;
  for (let x = 0; x < length; x++) {
    const a = 3 * low[x]!, b = 3 * high[x]!, share = weight[x]!;
    output[x] = row[a]! + share * (row[b]! - row[a]!);
    output[length + x] = row[a + 1]! + share * (row[b + 1]! - row[a + 1]!);
    output[2 * length + x] = row[a + 2]! + share * (row[b + 2]! - row[a + 2]!);
  }
}

function copyImage(
  { width, height, pixels }: RgbImage,
  { shape, isMirrored }: ImagePlace,
  output: Uint8Array,
): void {
  const plane = shape.width * shape.height;
  for (let y = 0; y < height; y++) {
    let from = 3 * y * width;
    let to = y * shape.width + (isMirrored ? width - 1 : 0);
    for (let x = 0; x < width; x++, from += 3, to += isMirrored ? -1 : 1) {
      output[to] = pixels[from]!;
      output[plane + to] = pixels[from + 1]!;
      output[2 * plane + to] = pixels[from + 2]!;
    }
  }
}

function resizeImage(
  { width, height, pixels }: RgbImage,
  { size, shape, isMirrored }: ImagePlace,
  output: Uint8Array,
): void {
  const columns = makeAxis(width, size.width, isMirrored);
  const rows = makeAxis(height, size.height, false);
  // Each row of the source is interpolated once, when it is first needed.
  const cached = [new Float32Array(3 * size.width), new Float32Array(3 * size.width)];
  const held = [-1, -1];
  const rowOf = (y: number) => {
    const slot = y % 2;
    if (held[slot] !== y) {
      resampleRow(pixels.subarray(3 * y * width, 3 * (y + 1) * width), columns, cached[slot]!);
      held[slot] = y;
    }
    return cached[slot]!;
  };
  const plane = shape.width * shape.height;
  for (let y = 0; y < size.height; y++) {
    const above = rowOf(rows.low[y]!), below = rowOf(rows.high[y]!);
    const share = rows.weight[y]!;
    for (let channel = 0; channel < 3; channel++) {
      const to = channel * plane + y * shape.width, from = channel * size.width;
      for (let x = 0; x < size.width; x++) {
        const value = above[from + x]!;
        output[to + x] = value + share * (below[from + x]! - value) + 0.5;
      }
    }
  }
}

/**
 * Writes an image into a batch.
 *
 * @param output `[3, shape.height, shape.width]`.
 * @throws {RangeError} where the image is larger than its padded place.
 */
export function placeImage(image: RgbImage, place: ImagePlace, output: Uint8Array): void {
  const { size, shape, padding } = place;
  if (size.width > shape.width || size.height > shape.height) {
    throw new RangeError(
      `Cannot place an image of ${size.width} × ${size.height} in ${shape.width} × ${shape.height}`,
    );
  }
  const plane = shape.width * shape.height;
  for (let channel = 0; channel < 3; channel++) {
    const own = output.subarray(channel * plane, (channel + 1) * plane);
    const colour = padding[channel]!;
    own.fill(colour, size.height * shape.width);
    if (size.width === shape.width) continue;
    for (let y = 0; y < size.height; y++) {
      own.fill(colour, y * shape.width + size.width, (y + 1) * shape.width);
    }
  }
  if (image.width === size.width && image.height === size.height) copyImage(image, place, output);
  else resizeImage(image, place, output);
}

/** Fills a place without an image. */
export function placeNothing({ padding }: Pick<ImagePlace, "padding">, output: Uint8Array): void {
  const plane = output.length / 3;
  padding.forEach((colour, channel) => output.fill(colour, channel * plane, (channel + 1) * plane));
}
