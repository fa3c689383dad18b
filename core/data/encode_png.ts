/**
 * Writes images as PNG.
 *
 * @module
 */

import type { RgbImage } from "./augmentation/image_memory.ts";

/** How an image is written. */
export interface EncodePngOptions {
  /** Longest side, pixels; larger images are made smaller. Every pixel where absent. */
  readonly longSide?: number;
  /** Colours of a palette, 2 to 256: smaller, and not quite the same. All colours where absent. */
  readonly colours?: number;
}

/** Size of an image whose longest side is at most so long. */
export function sizeWithin(
  { width, height }: { readonly width: number; readonly height: number },
  longSide: number,
): { width: number; height: number } {
  const factor = Math.min(1, longSide / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  };
}

/** An image as a PNG file. */
export async function encodePng(
  image: RgbImage,
  { longSide, colours }: EncodePngOptions = {},
): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const { width, height, pixels } = image;
  const size = sizeWithin(image, longSide ?? Infinity);
  const read = sharp(pixels, { raw: { width, height, channels: 3 } });
  const sized = size.width === width && size.height === height
    ? read
    : read.resize(size.width, size.height, { fit: "fill" });
  const png = sized.png(
    colours === undefined
      ? { compressionLevel: 9 }
      : { palette: true, colours, dither: 0.5, compressionLevel: 9 },
  );
  return new Uint8Array(await png.toBuffer());
}
