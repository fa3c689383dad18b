/**
 * What a detector found on an image.
 *
 * @module
 */

import type { RunLengthMask } from "./run_length.ts";

/** Objects found on one image, in pixels of the original image, the best score first. */
export interface Detections {
  /** `[N, 4]`: x0, y0, x1, y1. */
  readonly boxes: Float32Array;
  /** `[N]` */
  readonly scores: Float32Array;
  /** Index into the class names, without a background class, `[N]`. */
  readonly labels: Uint32Array;
  /** Masks of the size of the image, `[N]`, where the detector makes them. */
  readonly masks?: readonly RunLengthMask[];
}
