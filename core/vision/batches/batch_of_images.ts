/**
 * A batch of images that belong to no data set.
 *
 * @module
 */

import type { RgbImage } from "../../data/augmentation/image_memory.ts";
import { ConfigError } from "../../errors.ts";
import type { DetectionBatch } from "../detection_batch.ts";
import { noTruth } from "./detection_truth.ts";
import { imagenetPadding, placeImage } from "./place_image.ts";
import { resizedSize, type ResizeRule } from "./resize_rule.ts";

/** How images are put into a batch. */
export interface ImageBatchOptions extends ResizeRule {
  /** Sides are padded to multiples of it. @default {32} */
  readonly divisor?: number;
  /** Red, green and blue of the padding. @default {ImageNet's mean colour: 124, 116, 104} */
  readonly padding?: readonly [number, number, number];
}

/**
 * Puts images into one batch without truth: resized and padded to the least shape that takes all.
 *
 * @throws {ConfigError} where there is no image.
 */
export function batchOfImages(
  images: readonly RgbImage[],
  options: ImageBatchOptions,
): DetectionBatch {
  const { divisor = 32, padding = imagenetPadding } = options;
  if (images.length === 0) throw new ConfigError("Cannot batch images: there are none");
  const sizes = images.map((image) => resizedSize(image, options));
  const pad = (sides: number[]) => Math.ceil(Math.max(...sides) / divisor) * divisor;
  const shape = {
    width: pad(sizes.map(({ width }) => width)),
    height: pad(sizes.map(({ height }) => height)),
  };
  const bytes = 3 * shape.width * shape.height;
  const pixels = new Uint8Array(images.length * bytes);
  images.forEach((image, index) => {
    const output = pixels.subarray(index * bytes, (index + 1) * bytes);
    placeImage(image, { size: sizes[index]!, shape, isMirrored: false, padding }, output);
  });
  return {
    images: pixels,
    ...shape,
    sizes,
    originals: images.map(({ width, height }) => ({ width, height })),
    mirrored: new Uint8Array(images.length),
    sampleIndices: Int32Array.from(images, (_, index) => index),
    truth: images.map(() => noTruth),
  };
}
