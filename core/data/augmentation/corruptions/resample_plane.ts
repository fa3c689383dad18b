/**
 * A plane read at any positions, by linear interpolation.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";
import { type Border, borderIndex, type Plane } from "./float_image.ts";

/** A position for each pixel, `[height, width]`, in pixels. */
export interface Positions {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** The plane at the positions, beyond the border as `border` says. */
export function resamplePlane(
  plane: Plane,
  { width, height }: Pick<RgbImage, "width" | "height">,
  { x, y }: Positions,
  border: Border,
): Plane {
  return x.map((across, index) => {
    const left = Math.floor(across), top = Math.floor(y[index]!);
    const share = across - left, lower = y[index]! - top;
    const columns = [borderIndex(left, width, border), borderIndex(left + 1, width, border)];
    const above = borderIndex(top, height, border) * width;
    const below = borderIndex(top + 1, height, border) * width;
    return (1 - lower) *
        ((1 - share) * plane[above + columns[0]!]! + share * plane[above + columns[1]!]!) +
      lower * ((1 - share) * plane[below + columns[0]!]! + share * plane[below + columns[1]!]!);
  });
}
