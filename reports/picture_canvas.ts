/**
 * Pictures as canvases, and the font of what is written on them.
 *
 * @module
 */

import { type Canvas, createCanvas, GlobalFonts, ImageData } from "@napi-rs/canvas";
import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import { DataError } from "../core/errors.ts";
import { packageFile } from "../core/files.ts";

/** Name of the font, once {@linkcode usePictureFont} was called. */
export const pictureFont = "Detection Sans";
/** Sides that a small picture is enlarged to, so that names can be read. */
const leastSide = 480;

/** Loads the font. @throws {DataError} where it is missing. */
export function usePictureFont(): void {
  if (GlobalFonts.has(pictureFont)) return;
  const path = packageFile("reports/fonts/Inter-Regular.subset.ttf");
  if (GlobalFonts.registerFromPath(path, pictureFont) === null) {
    throw new DataError(`Cannot read the font ${path}: restore it from the repository`);
  }
}

/** A picture as a canvas of its size. */
export function pictureCanvas({ width, height, pixels }: RgbImage): Canvas {
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      data[4 * pixel + channel] = pixels[3 * pixel + channel]!;
    }
  }
  const canvas = createCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}

/** Whole factor by which a small picture is enlarged. */
export function pictureScale({ width, height }: Pick<RgbImage, "width" | "height">): number {
  return Math.max(1, Math.ceil(leastSide / Math.max(width, height)));
}
