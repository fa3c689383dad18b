/**
 * Decoding image files that nobody vouches for.
 *
 * @module
 */

import sharp from "sharp";
import { DataError } from "../../../errors.ts";
import type { RgbImage } from "../../augmentation/image_memory.ts";

/** Most pixels of an image file. */
export const mostPixels = 64_000_000;
/** Most bytes of an image file. */
const mostBytes = 256 * 2 ** 20;

/** How an image is decoded. */
export interface DecodeOptions {
  /**
   * Shrink the image while it is decoded, so that its short side is at most so many pixels. Quick
   * and small in memory, but no longer what torchvision would see; default: every pixel.
   */
  shortSide?: number;
}

/** Format by the first bytes: the name of a file proves nothing, and SVG must never be read. */
function hasImageSignature(bytes: Uint8Array): boolean {
  const startsWith = (signature: readonly number[], offset = 0) =>
    signature.every((value, index) => bytes[offset + index] === value);
  return startsWith([0xff, 0xd8, 0xff]) || startsWith([0x89, 0x50, 0x4e, 0x47]) ||
    (startsWith([0x52, 0x49, 0x46, 0x46]) && startsWith([0x57, 0x45, 0x42, 0x50], 8));
}

/**
 * Reads an image file, while the thread waits: the detour through another thread costs more than the
 * reading, and who decodes has a thread for it.
 *
 * @throws {DataError} where it is too large or its first bytes are not those of an image.
 */
export function readImageFile(path: string): Uint8Array {
  const { size } = Deno.statSync(path);
  if (size > mostBytes) {
    throw new DataError(`file has ${size} bytes, allowed are ${mostBytes}`);
  }
  const bytes = Deno.readFileSync(path);
  if (!hasImageSignature(bytes)) throw new DataError("not a JPEG, PNG or WebP file");
  return bytes;
}

/**
 * Decodes a JPEG, PNG or WebP file to RGB: turned upright by its EXIF orientation, brought to sRGB
 * by its colour profile, transparency on white. (torchvision's own loader leaves orientation and
 * profile alone; for files that have neither, the pixels are those of Pillow.)
 *
 * @param bytes The file.
 * @throws {DataError} where the image is damaged or has too many pixels.
 */
export async function decodeImageBytes(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  const { shortSide } = options;
  try {
    let image = sharp(bytes, { limitInputPixels: mostPixels, sequentialRead: true }).autoOrient();
    if (shortSide !== undefined) {
      image = image.resize({
        width: shortSide,
        height: shortSide,
        fit: "outside",
        withoutEnlargement: true,
      });
    }
    const { data, info } = await image
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels, wanted 3`);
    return {
      width: info.width,
      height: info.height,
      pixels: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  } catch (error) {
    // The decoder says the same thing once for every attempt: one line each is enough.
    const lines = (error instanceof Error ? error.message : String(error)).split(/\s*\n\s*/);
    const reason = [...new Set(lines)].filter((line) => line !== "").join("; ");
    throw new DataError(reason.slice(0, 200), { cause: error });
  }
}

/**
 * Frees a decoded image at once; its pixels are gone. Left to the garbage collector, images pile up
 * by the hundred, and each new one takes fresh pages from the system: 10 % of the time of decoding.
 */
export function releaseImage(image: RgbImage): void {
  const { buffer } = image.pixels;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Reads and decodes an image file: {@linkcode readImageFile}, {@linkcode decodeImageBytes}. */
export async function decodeImage(path: string, options: DecodeOptions = {}): Promise<RgbImage> {
  return await decodeImageBytes(readImageFile(path), options);
}
