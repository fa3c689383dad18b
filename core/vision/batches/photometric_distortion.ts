/**
 * Brightness, contrast, saturation and hue of an image drawn anew: mmsegmentation's
 * `PhotoMetricDistortion` with its own ranges.
 *
 * @module
 */

import type { ImageSize } from "../../data/decoding/image_header.ts";
import type { RandomStream } from "../../random.ts";
import { hueSteps, packHsv, packRgb } from "./hsv.ts";

/** Numbers that are drawn. */
export type DrawnNumbers = Pick<RandomStream, "uniform" | "integer">;

/** Levels that are added. */
const brightnessDelta = 32;
const contrastRange = [0.5, 1.5] as const;
const saturationRange = [0.5, 1.5] as const;
/** Steps of two degrees. */
const hueDelta = 18;

/** `clip(value · factor + addend)` in 32-bit floats, cut to whole numbers, of 0 to 255. */
function scaleLevels(levels: Uint8Array, factor: number, addend: number): void {
  const alpha = Math.fround(factor), beta = Math.fround(addend);
  for (let index = 0; index < 256; index++) {
    const value = Math.fround(Math.fround(levels[index]! * alpha) + beta);
    levels[index] = value <= 0 ? 0 : value >= 255 ? 255 : value;
  }
}

/** Distorts images. It keeps its tables, so that nothing is allocated for an image. */
export class PhotometricDistortion {
  /** What becomes of the levels before saturation and hue are changed, and after it. */
  readonly #before = new Uint8Array(256);
  readonly #after = new Uint8Array(256);
  readonly #saturations = new Uint8Array(256);

  static #reset(levels: Uint8Array): void {
    for (let index = 0; index < 256; index++) levels[index] = index;
  }

  /** Draws what is done, in mmsegmentation's order. */
  #draw(random: DrawnNumbers): { hasSaturation: boolean; hue: number | undefined } {
    const reset = PhotometricDistortion.#reset;
    reset(this.#before);
    reset(this.#after);
    reset(this.#saturations);
    if (random.integer(2) === 1) {
      scaleLevels(this.#before, 1, random.uniform(-brightnessDelta, brightnessDelta));
    }
    const contrastFirst = random.integer(2) === 1;
    const contrast = (levels: Uint8Array) => {
      if (random.integer(2) === 1) scaleLevels(levels, random.uniform(...contrastRange), 0);
    };
    if (contrastFirst) contrast(this.#before);
    const hasSaturation = random.integer(2) === 1;
    if (hasSaturation) scaleLevels(this.#saturations, random.uniform(...saturationRange), 0);
    const hue = random.integer(2) === 1 ? random.integer(2 * hueDelta) - hueDelta : undefined;
    if (!contrastFirst) contrast(this.#after);
    return { hasSaturation, hue };
  }

  /**
   * Distorts an image in its place.
   *
   * @param planes Red, green and blue, `[3, height, width]` of the shape.
   * @param size The part at the top left that is an image; the rest is padding and stays.
   */
  apply(planes: Uint8Array, size: ImageSize, shape: ImageSize, random: DrawnNumbers): void {
    const { hasSaturation, hue } = this.#draw(random);
    const before = this.#before, after = this.#after, saturations = this.#saturations;
    const plane = shape.width * shape.height;
    for (let y = 0; y < size.height; y++) {
      const end = y * shape.width + size.width;
      for (let at = y * shape.width; at < end; at++) {
        let red = before[planes[at]!]!;
        let green = before[planes[plane + at]!]!;
        let blue = before[planes[2 * plane + at]!]!;
        if (hasSaturation) {
          const hsv = packHsv(red, green, blue);
          const rgb = packRgb(hsv >> 16, saturations[hsv >> 8 & 255]!, hsv & 255);
          red = rgb >> 16;
          green = rgb >> 8 & 255;
          blue = rgb & 255;
        }
        if (hue !== undefined) {
          const hsv = packHsv(red, green, blue);
          const turned = ((hsv >> 16) + hue + hueSteps) % hueSteps;
          const rgb = packRgb(turned, hsv >> 8 & 255, hsv & 255);
          red = rgb >> 16;
          green = rgb >> 8 & 255;
          blue = rgb & 255;
        }
        planes[at] = after[red]!;
        planes[plane + at] = after[green]!;
        planes[2 * plane + at] = after[blue]!;
      }
    }
  }
}
