/**
 * What JPEG does to an image: what is read back of a file that was written at a quality. Writing and
 * reading the bits loses nothing, so there is no file: colours are converted, chroma is halved, the
 * coefficients of 8 × 8 pixels are rounded to their steps, and all that backwards. To the bit as
 * libjpeg-turbo by its defaults (chroma 4:2:0, smooth upsampling).
 *
 * @module
 */

import type { RgbImage } from "../../image_memory.ts";
import { quantizationTables } from "./quantization.ts";
import { restoreBlock, transformBlock } from "./transform.ts";

/** One component, bytes row by row. */
interface Component {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

const clampByte = (value: number) => value < 0 ? 0 : value > 255 ? 255 : value;

/** Luma and the two chromas of an image (ITU-R BT.601, full range), with fractions of 16 bits. */
function toComponents({ width, height, pixels }: RgbImage): Component[] {
  const planes = [0, 1, 2].map(() => new Uint8Array(width * height));
  const [luma, blue, red] = planes as [Uint8Array, Uint8Array, Uint8Array];
  const offset = (128 << 16) + 32767;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const r = pixels[3 * pixel]!, g = pixels[3 * pixel + 1]!, b = pixels[3 * pixel + 2]!;
    luma[pixel] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
    blue[pixel] = (-11059 * r - 21709 * g + 32768 * b + offset) >> 16;
    red[pixel] = (32768 * r - 27439 * g - 5329 * b + offset) >> 16;
  }
  return planes.map((values) => ({ width, height, values }));
}

/**
 * Half of a component in both directions; sums are rounded up and down in turns. It is as wide as whole
 * blocks are, made of the last pixel beyond the border.
 */
function halve({ width, height, values }: Component): Component {
  const half = { width: 8 * Math.ceil(width / 16), height: (height + 1) >> 1 };
  const output = new Uint8Array(half.width * half.height);
  for (let y = 0; y < half.height; y++) {
    const upper = 2 * y * width, lower = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < half.width; x++) {
      const left = Math.min(2 * x, width - 1), right = Math.min(2 * x + 1, width - 1);
      const sum = values[upper + left]! + values[upper + right]! + values[lower + left]! +
        values[lower + right]!;
      output[y * half.width + x] = (sum + 1 + (x & 1)) >> 2;
    }
  }
  return { ...half, values: output };
}

/** Rounds the coefficients of all blocks to their steps; blocks are filled up with the last pixels. */
function quantize({ width, height, values }: Component, steps: readonly number[]): Component {
  const output = new Uint8Array(values.length);
  const block = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let index = 0; index < 64; index++) {
        const y = Math.min(top + (index >> 3), height - 1);
        const x = Math.min(left + (index & 7), width - 1);
        block[index] = values[y * width + x]! - 128;
      }
      transformBlock(block);
      for (let index = 0; index < 64; index++) {
        // Coefficients are 8 times too large; halves are rounded away from 0.
        const step = steps[index]!, value = block[index]!;
        const count = Math.floor((Math.abs(value) + 4 * step) / (8 * step));
        block[index] = Math.sign(value) * count * step;
      }
      restoreBlock(block);
      for (let index = 0; index < 64; index++) {
        const y = top + (index >> 3), x = left + (index & 7);
        if (y < height && x < width) output[y * width + x] = clampByte(block[index]! + 128);
      }
    }
  }
  return { width, height, values: output };
}

/** A component in twice the size: every value is ¾ of the nearest and ¼ of the next, both ways. */
function double(
  { width: stride, height: halfHeight, values }: Component,
  { width, height }: RgbImage,
): Component {
  const halfWidth = (width + 1) >> 1;
  const output = new Uint8Array(width * height);
  const sums = new Int32Array(halfWidth);
  for (let y = 0; y < height; y++) {
    const near = y >> 1, next = Math.min(halfHeight - 1, Math.max(0, near + (y & 1 ? 1 : -1)));
    for (let x = 0; x < halfWidth; x++) {
      sums[x] = 3 * values[near * stride + x]! + values[next * stride + x]!;
    }
    for (let x = 0; x < width; x++) {
      const own = x >> 1, odd = x & 1;
      const other = own + (odd ? 1 : -1);
      const beside = other < 0 || other >= halfWidth ? own : other;
      // Two columns are too few for the smooth way.
      output[y * width + x] = halfWidth > 2
        ? (3 * sums[own]! + sums[beside]! + (odd ? 7 : 8)) >> 4
        : values[near * stride + own]!;
    }
  }
  return { width, height, values: output };
}

/** An image of its components. */
function toImage(luma: Component, blue: Component, red: Component): RgbImage {
  const { width, height } = luma;
  const pixels = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const y = luma.values[pixel]!, cb = blue.values[pixel]! - 128, cr = red.values[pixel]! - 128;
    pixels[3 * pixel] = clampByte(y + ((91881 * cr + 32768) >> 16));
    pixels[3 * pixel + 1] = clampByte(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
    pixels[3 * pixel + 2] = clampByte(y + ((116130 * cb + 32768) >> 16));
  }
  return { width, height, pixels };
}

/**
 * An image as it is read back of a JPEG file.
 *
 * @param quality 1 to 100.
 * @throws {RangeError} where it is out of range.
 */
export function compressJpeg(image: RgbImage, quality: number): RgbImage {
  const steps = quantizationTables(quality);
  const [luma, blue, red] = toComponents(image) as [Component, Component, Component];
  const chroma = (component: Component) => double(quantize(halve(component), steps.chroma), image);
  return toImage(quantize(luma, steps.luma), chroma(blue), chroma(red));
}
