/**
 * Windows that cover an image.
 *
 * @module
 */

import type { MapDimensions } from "../../core/nn/resample.ts";

/** A part of an image. */
export interface ImageWindow extends MapDimensions {
  readonly top: number;
  readonly left: number;
}

/** Where windows begin along an axis: every `stride` pixels, the last one at the end. */
function begins(length: number, window: number, stride: number): number[] {
  const count = Math.ceil(Math.max(0, length - window) / stride) + 1;
  return Array.from({ length: count }, (_, index) => Math.min(index * stride, length - window));
}

/**
 * Windows of one size that cover an image, row by row (mmsegmentation's `slide_inference`): they stand
 * `stride` pixels apart, the last ones are moved back to the edge, and none is larger than the image.
 */
export function slidingWindows(
  image: MapDimensions,
  { crop, stride }: { readonly crop: MapDimensions; readonly stride: MapDimensions },
): ImageWindow[] {
  const height = Math.min(crop.height, image.height), width = Math.min(crop.width, image.width);
  return begins(image.height, height, stride.height).flatMap((top) =>
    begins(image.width, width, stride.width).map((left) => ({ top, left, height, width }))
  );
}
