/**
 * A batch for detection: images of one padded shape, and what is on them.
 *
 * @module
 */

import type { ImageSize } from "../data/decoding/image_header.ts";

/** What is on one image of a batch, in pixels of the image as it is in the batch. */
export interface DetectionTruth {
  /** `[N, 4]`: x0, y0, x1, y1, inside the image; none is empty. */
  readonly boxes: Float32Array;
  /** Index into the data set's class names, `[N]`. */
  readonly labels: Uint32Array;
  /** 1 for a region of many objects, which is nobody's target, `[N]`. */
  readonly crowd: Uint8Array;
  /** What the data set calls each object, `[N]`: for messages. */
  readonly ids: readonly (number | string)[];
  /**
   * Mask of one object, 0 or 1: `[height, width]`, the image's real size without padding. Drawn when
   * it is first asked for, and the same array from then on.
   */
  mask(object: number): Uint8Array;
}

/** Images of one padded shape with their objects. */
export interface DetectionBatch {
  /** Bytes 0 to 255: `[B, 3, height, width]`; each image is at the top left, padding beside it. */
  readonly images: Uint8Array;
  /** Height of every image with its padding. */
  readonly height: number;
  /** Width of every image with its padding. */
  readonly width: number;
  /** Size of each image in the batch without its padding, `[B]`. */
  readonly sizes: readonly ImageSize[];
  /** Size of each image as the data set has it, `[B]`: detections are told in its pixels. */
  readonly originals: readonly ImageSize[];
  /** 1 where the image is mirrored left to right, `[B]`. */
  readonly mirrored: Uint8Array;
  /** Index of each image in its split, `[B]`; −1 where a place of the last batch is empty. */
  readonly sampleIndices: Int32Array;
  /** What is on each image, `[B]`; nothing at all in a batch without annotations. */
  readonly truth: readonly DetectionTruth[];
}
