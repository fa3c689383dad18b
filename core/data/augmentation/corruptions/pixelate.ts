/**
 * Pixelation of ImageNet-C: the image is made smaller, each pixel the mean of a box, and large again by
 * repeating pixels.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";

/** Bits of the weights' fractions, as in Pillow. */
const fractionBits = 22;

/** Pixels that make up one pixel of the smaller image, with weights in fixed point. */
interface Box {
  readonly first: number;
  readonly weights: readonly number[];
}

/** The boxes along a line: a pixel belongs to a box where its middle lies in it. */
function boxesOf(from: number, to: number): Box[] {
  const scale = from / to, filter = Math.max(1, scale), support = 0.5 * filter;
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const inside = Array.from({ length: end - first }, (_, index) => {
      const distance = (index + first - centre + 0.5) / filter;
      return distance > -0.5 && distance <= 0.5 ? 1 : 0;
    });
    const sum = inside.reduce((total: number, weight) => total + weight, 0);
    return {
      first,
      weights: inside.map((weight) => Math.floor(0.5 + (weight / sum) * 2 ** fractionBits)),
    };
  });
}

/** A weighted sum of bytes in fixed point, rounded. */
function fixedSum(
  { first, weights }: Box,
  byteAt: (place: number) => number,
): number {
  let sum = 2 ** (fractionBits - 1);
  for (let index = 0; index < weights.length; index++) {
    sum += weights[index]! * byteAt(first + index);
  }
  return Math.min(255, Math.floor(sum / 2 ** fractionBits));
}

/** Pillow's resize by the filter BOX: rows first, bytes in between. */
export function resizeByBoxes(image: RgbImage, width: number, height: number): RgbImage {
  const across = boxesOf(image.width, width), down = boxesOf(image.height, height);
  const narrow = new Uint8Array(width * image.height * 3);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        narrow[(y * width + x) * 3 + channel] = fixedSum(
          across[x]!,
          (place) => image.pixels[(y * image.width + place) * 3 + channel]!,
        );
      }
    }
  }
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        pixels[(y * width + x) * 3 + channel] = fixedSum(
          down[y]!,
          (place) => narrow[(place * width + x) * 3 + channel]!,
        );
      }
    }
  }
  return { width, height, pixels };
}

/**
 * The pixel of a smaller line that lies under each of a larger one. Positions are added up, as Pillow
 * does, and not multiplied: it decides where one lies between two pixels.
 */
function nearestPlaces(from: number, to: number): Uint32Array {
  const scale = from / to;
  let position = scale / 2;
  return Uint32Array.from({ length: to }, () => {
    const place = Math.min(from - 1, Math.floor(position));
    position += scale;
    return place;
  });
}

/**
 * Makes an image coarse.
 *
 * @param factor Factor on its sides, 0 to 1; at least one pixel is left of them.
 */
export function pixelate(image: RgbImage, factor: number): RgbImage {
  const { width, height } = image;
  const small = resizeByBoxes(
    image,
    Math.max(1, Math.trunc(width * factor)),
    Math.max(1, Math.trunc(height * factor)),
  );
  const pixels = new Uint8Array(width * height * 3);
  const rows = nearestPlaces(small.height, height), columns = nearestPlaces(small.width, width);
  for (let y = 0; y < height; y++) {
    const row = rows[y]! * small.width;
    for (let x = 0; x < width; x++) {
      const from = 3 * (row + columns[x]!);
      const to = 3 * (y * width + x);
      for (let channel = 0; channel < 3; channel++) {
        pixels[to + channel] = small.pixels[from + channel]!;
      }
    }
  }
  return { width, height, pixels };
}
