/**
 * What a detector finds in an image.
 *
 * @module
 */

import type { RunLengthMask } from "./run_length.ts";

/** Objects found in one image, the most certain first, in pixels of the original image. */
export interface Detections {
  /** `[N, 4]` */
  readonly boxes: Float32Array;
  /** `[N]`, falling. */
  readonly scores: Float32Array;
  /** Index into the class names; background is none of them. `[N]` */
  readonly labels: Uint32Array;
  /** One of each object, of the image's size; none where the detector makes boxes only. */
  readonly masks?: readonly RunLengthMask[];
}
