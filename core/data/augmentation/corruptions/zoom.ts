/**
 * Enlarging the middle of a plane, by linear interpolation.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";
import type { Plane } from "./float_image.ts";

/** A plane with its size. */
export interface SizedPlane {
  /** `[height, width]` */
  readonly plane: Plane;
  readonly width: number;
  readonly height: number;
}

/** Rounded to the nearest whole number, of two the even one, as Python's `round`. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + below % 2 : Math.round(value);
}

/** Which two values of a line each value of an enlarged line lies between. */
interface EnlargedLine {
  readonly size: number;
  readonly before: Uint32Array;
  readonly after: Uint32Array;
  /** Weight of the one after it. */
  readonly share: Float64Array;
}

/** The middle of a line: as much of it as fills the line when enlarged. Its ends stay its ends. */
function enlargeLine(length: number, factor: number): EnlargedLine {
  const kept = Math.ceil(length / factor), first = Math.floor((length - kept) / 2);
  const size = roundHalfToEven(kept * factor);
  const step = size > 1 ? (kept - 1) / (size - 1) : 0;
  const before = new Uint32Array(size), after = new Uint32Array(size);
  const share = new Float64Array(size);
  for (let place = 0; place < size; place++) {
    const position = Math.min(kept - 1, place * step), whole = Math.floor(position);
    before[place] = first + whole;
    after[place] = first + Math.min(kept - 1, whole + 1);
    share[place] = position - whole;
  }
  return { size, before, after, share };
}

/**
 * Enlarges the middle of a plane, as `scipy.ndimage.zoom` of order 1 does.
 *
 * @param factor 1 or more.
 * @returns A plane as large as the given one, or larger by up to the factor.
 */
export function zoomMiddle(
  plane: Plane,
  { width, height }: Pick<RgbImage, "width" | "height">,
  factor: number,
): SizedPlane {
  const across = enlargeLine(width, factor), down = enlargeLine(height, factor);
  const enlarged = new Float64Array(across.size * down.size);
  for (let y = 0; y < down.size; y++) {
    const above = down.before[y]! * width, below = down.after[y]! * width;
    const lower = down.share[y]!;
    for (let x = 0; x < across.size; x++) {
      const left = across.before[x]!, right = across.after[x]!, share = across.share[x]!;
      enlarged[y * across.size + x] =
        (1 - lower) * ((1 - share) * plane[above + left]! + share * plane[above + right]!) +
        lower * ((1 - share) * plane[below + left]! + share * plane[below + right]!);
    }
  }
  return { plane: enlarged, width: across.size, height: down.size };
}
