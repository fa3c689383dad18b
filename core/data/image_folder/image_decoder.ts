/**
 * Decoding image files that nobody vouches for.
 *
 * @module
 */

import sharp from "sharp";
import { DataError } from "../../errors.ts";

/** Most pixels of an image file. */
export const mostPixels = 64_000_000;
/** Most bytes of an image file. */
const mostBytes = 256 * 2 ** 20;

/** A decoded image: RGB, rows from the top, and copies halved again and again. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  /** Level k is `[floor(height / 2^k), floor(width / 2^k), 3]`, at least one pixel a side. */
  readonly levels: readonly Uint8Array[];
}

/** Format by the first bytes: the name of a file proves nothing, and SVG must never be read. */
function hasImageSignature(bytes: Uint8Array): boolean {
  const startsWith = (signature: readonly number[], offset = 0) =>
    signature.every((value, index) => bytes[offset + index] === value);
  return startsWith([0xff, 0xd8, 0xff]) || startsWith([0x89, 0x50, 0x4e, 0x47]) ||
    (startsWith([0x52, 0x49, 0x46, 0x46]) && startsWith([0x57, 0x45, 0x42, 0x50], 8));
}

function halve(source: Uint8Array, width: number, height: number): Uint8Array {
  const newWidth = Math.max(1, width >> 1), newHeight = Math.max(1, height >> 1);
  const target = new Uint8Array(newWidth * newHeight * 3);
  const right = width > 1 ? 3 : 0, below = height > 1 ? width * 3 : 0;
  for (let y = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const from = (2 * y * width + 2 * x) * 3 + channel;
        target[(y * newWidth + x) * 3 + channel] = (source[from]! + source[from + right]! +
          source[from + below]! + source[from + right + below]! + 2) >> 2;
      }
    }
  }
  return target;
}

/** Image with its halved copies, down to 8 pixels. */
export function buildLevels(pixels: Uint8Array, width: number, height: number): DecodedImage {
  const levels = [pixels];
  for (let w = width, h = height; Math.min(w, h) >= 16; w >>= 1, h >>= 1) {
    levels.push(halve(levels.at(-1)!, w, h));
  }
  return { width, height, levels };
}

/**
 * Decodes a JPEG, PNG or WebP file to RGB: turned upright, transparency on white, shrunk so that
 * its short side is at most `shortSide` pixels (never enlarged).
 *
 * @throws {DataError} where the file is not such an image, is damaged, or is too large.
 */
export async function decodeImage(path: string, shortSide: number): Promise<DecodedImage> {
  const { size } = await Deno.stat(path);
  if (size > mostBytes) {
    throw new DataError(`file has ${size} bytes, allowed are ${mostBytes}`);
  }
  const bytes = await Deno.readFile(path);
  if (!hasImageSignature(bytes)) throw new DataError("not a JPEG, PNG or WebP file");
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: mostPixels })
      .autoOrient()
      .resize({ width: shortSide, height: shortSide, fit: "outside", withoutEnlargement: true })
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels, wanted 3`);
    return buildLevels(new Uint8Array(data), info.width, info.height);
  } catch (error) {
    // The decoder says the same thing once for every attempt: one line each is enough.
    const lines = (error instanceof Error ? error.message : String(error)).split(/\s*\n\s*/);
    const reason = [...new Set(lines)].filter((line) => line !== "").join("; ");
    throw new DataError(reason.slice(0, 200), { cause: error });
  }
}
