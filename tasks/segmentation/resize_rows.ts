/**
 * Images on the host: resizing and mirroring.
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
