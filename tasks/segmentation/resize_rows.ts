/**
 * Pixels on the host: resizing, mirroring, and the best class of each.
 *
 * @module
 */

import type { MapDimensions } from "../../core/nn/resample.ts";
import { bilinearNeighbours, type ResizeOptions } from "../../core/nn/resize_bilinear.ts";

/**
 * Pixels of another size, bilinear, without antialiasing.
 *
 * @param rows [height, width, channels].
 * @returns [height', width', channels].
 */
export function resizeRows(
  rows: ArrayLike<number>,
  from: MapDimensions,
  to: MapDimensions,
  options: ResizeOptions,
): Float32Array {
  const channels = rows.length / (from.height * from.width);
  const down = bilinearNeighbours(from.height, to.height, options);
  const across = bilinearNeighbours(from.width, to.width, options);
  const result = new Float32Array(to.height * to.width * channels);
  let place = 0;
  for (let y = 0; y < to.height; y++) {
    const top = down.first[y]! * from.width, bottom = down.second[y]! * from.width;
    const low = down.share[y]!;
    for (let x = 0; x < to.width; x++) {
      const left = across.first[x]!, right = across.second[x]!, far = across.share[x]!;
      const a = (top + left) * channels, b = (top + right) * channels;
      const c = (bottom + left) * channels, d = (bottom + right) * channels;
      for (let channel = 0; channel < channels; channel++) {
        const above = rows[a + channel]! * (1 - far) + rows[b + channel]! * far;
        const below = rows[c + channel]! * (1 - far) + rows[d + channel]! * far;
        result[place++] = above * (1 - low) + below * low;
      }
    }
  }
  return result;
}

/** Pixels mirrored left to right, [height, width, channels]. */
export function mirrorRows<Rows extends Float32Array | Uint8Array>(
  rows: Rows,
  { height, width }: MapDimensions,
): Rows {
  const channels = rows.length / (height * width);
  const result = rows.slice() as Rows;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      result.set(rows.subarray(from, from + channels), (y * width + width - 1 - x) * channels);
    }
  }
  return result;
}

/** Adds the softmax of each pixel's logits to a total of the same shape, [pixels, classes]. */
export function addSoftmax(total: Float32Array, logits: Float32Array, classes: number): void {
  for (let begin = 0; begin < logits.length; begin += classes) {
    let largest = -Infinity, sum = 0;
    for (let at = begin; at < begin + classes; at++) largest = Math.max(largest, logits[at]!);
    for (let at = begin; at < begin + classes; at++) sum += Math.exp(logits[at]! - largest);
    for (let at = begin; at < begin + classes; at++) {
      total[at]! += Math.exp(logits[at]! - largest) / sum;
    }
  }
}

/**
 * {@linkcode bestClasses} of {@linkcode resizeRows}, without keeping the resized numbers.
 *
 * @param rows [height, width, classes].
 * @returns [height', width'].
 */
export function resizedClasses(
  rows: Float32Array,
  from: MapDimensions,
  to: MapDimensions,
  options: ResizeOptions,
): Uint8Array {
  const classes = rows.length / (from.height * from.width);
  const width = from.width * classes;
  const down = bilinearNeighbours(from.height, to.height, options);
  const result = new Uint8Array(to.height * to.width);
  const line = new Float32Array(width);
  for (let y = 0; y < to.height; y++) {
    const top = down.first[y]! * width, bottom = down.second[y]! * width, low = down.share[y]!;
    for (let at = 0; at < width; at++) {
      line[at] = rows[top + at]! * (1 - low) + rows[bottom + at]! * low;
    }
    const wide = resizeRows(
      line,
      { height: 1, width: from.width },
      { height: 1, width: to.width },
      options,
    );
    result.set(bestClasses(wide, classes), y * to.width);
  }
  return result;
}

/** The class of the largest number of each pixel, the first of equal ones. */
export function bestClasses(rows: Float32Array, classes: number): Uint8Array {
  const result = new Uint8Array(rows.length / classes);
  for (let pixel = 0; pixel < result.length; pixel++) {
    const begin = pixel * classes;
    let best = 0;
    for (let at = 1; at < classes; at++) if (rows[begin + at]! > rows[begin + best]!) best = at;
    result[pixel] = best;
  }
  return result;
}
