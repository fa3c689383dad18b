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
  /**
   * What the detector takes for an object of whatever class, where it says so: of several boxes of one
   * object one is left, whatever their classes. Scores are those of there being an object; labels are
   * the most probable classes.
   */
  readonly classAgnostic?: Omit<Detections, "classAgnostic">;
}
