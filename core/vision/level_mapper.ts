/**
 * Which level of a feature pyramid a box is pooled from (Lin et al., "Feature Pyramid Networks for
 * Object Detection", CVPR 2017, equation 1), as torchvision's `LevelMapper` says.
 *
 * @module
 */

import { boxAreas } from "./boxes.ts";

const f = Math.fround;

/** The levels of a pyramid; a level k has stride 2ᵏ. */
export interface PyramidLevels {
  /** The finest level, such as 2 for P2. */
  readonly finest: number;
  /** The coarsest level that boxes are pooled from, such as 5 for P5. */
  readonly coarsest: number;
  /** Side of a square that belongs to the canonical level, in pixels. Default: 224. */
  readonly canonicalSize?: number;
  /** Default: 4. */
  readonly canonicalLevel?: number;
}

/** Index of the level of every box, 0 for the finest, `[N]`. */
export function assignLevels(
  boxes: Float32Array,
  { finest, coarsest, canonicalSize = 224, canonicalLevel = 4 }: PyramidLevels,
): Uint8Array {
  // So that a box of exactly the canonical size does not fall below its level.
  const epsilon = f(1e-6);
  return Uint8Array.from(boxAreas(boxes), (area) => {
    const side = f(Math.sqrt(Math.max(area, 0)));
    const octaves = f(Math.log2(f(side / canonicalSize)));
    const level = Math.floor(f(f(canonicalLevel + octaves) + epsilon));
    return Math.min(Math.max(level, finest), coarsest) - finest;
  });
}
