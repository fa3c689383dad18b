/**
 * To which size an image is brought for a detector.
 *
 * @module
 */

import type { ImageSize } from "../../data/decoding/image_header.ts";

/** How large an image is made; its shape is kept. */
export interface ResizeRule {
  /** The short side in pixels, unless the long side would be longer than it may. */
  readonly shortSide: number;
  /** The most pixels of the long side. */
  readonly longSide: number;
  /**
   * `"torchvision"`: 32-bit numbers, rounded down, as `GeneralizedRCNNTransform`; `"nearest"`: rounded,
   * as MMDetection's `Resize(keep_ratio=True)`. They differ by a pixel. @default {"torchvision"}
   */
  readonly rounding?: "torchvision" | "nearest";
}

/** Size of an image after resizing; at least one pixel. */
export function resizedSize({ width, height }: ImageSize, rule: ResizeRule): ImageSize {
  const { shortSide, longSide, rounding = "torchvision" } = rule;
  const short = Math.min(width, height), long = Math.max(width, height);
  if (rounding === "nearest") {
    const scale = Math.min(longSide / long, shortSide / short);
    const side = (pixels: number) => Math.max(1, Math.floor(pixels * scale + 0.5));
    return { width: side(width), height: side(height) };
  }
  // PyTorch divides a number by a tensor by way of the tensor's reciprocal.
  const ratio = (most: number, side: number) => Math.fround(most * Math.fround(1 / side));
  const scale = Math.min(ratio(shortSide, short), ratio(longSide, long));
  const side = (pixels: number) => Math.max(1, Math.floor(pixels * scale));
  return { width: side(width), height: side(height) };
}
