/**
 * Decoding image files of any origin.
 *
 * @module
 */

import sharp from "sharp";
import { readVariable } from "../../environment_variables.ts";
import { ConfigError, DataError } from "../../errors.ts";
import type { RgbImage } from "../augmentation/image_memory.ts";
import type { DecodeOptions } from "../dataset.ts";
import { withDecodingBudget } from "./decoding_budget.ts";
import {
  describeForeignFile,
  type ImageFormat,
  imageFormat,
  type ImageSize,
  imageSizeOf,
} from "./image_header.ts";

/** Most bytes of an image file. */
export const mostImageBytes: number = 256 * 2 ** 20;
/** Environment variable that moves the limit of pixels, in millions of them. */
const limitVariable = "LGD_BENCH_MAX_MEGAPIXELS";
/** Million pixels of an image where the variable says nothing. */
const defaultMegapixels = 64;
/** Bytes that decoding takes for each pixel, measured: 12.5. */
const bytesPerPixel = 13;
/** Formats that can be read at a half, a quarter or an eighth of their size. */
const shrinking: ReadonlySet<ImageFormat> = new Set(["jpeg"]);

/** {@linkcode pixelLimit} where the user does not set it. */
export const defaultPixelLimit: number = defaultMegapixels * 1e6;

/** Largest limit, megapixels. */
const mostMegapixels = 4000;

/**
 * Most pixels, in millions, of an image that is decoded whole.
 *
 * @throws {ConfigError} where the variable is not such a number.
 */
function megapixelLimit(): number {
  const text = readVariable(limitVariable);
  const value = Number(text ?? defaultMegapixels);
  if (value > 0 && value <= mostMegapixels) return value;
  throw new ConfigError(
    `The environment variable ${limitVariable} is ${JSON.stringify(text)}, expected a number of ` +
      `megapixels above 0 and up to ${mostMegapixels}, e.g. 100`,
  );
}

/**
 * Most pixels of an image that is decoded whole.
 *
 * @throws {ConfigError} where `LGD_BENCH_MAX_MEGAPIXELS` is not a number of megapixels.
 */
export function pixelLimit(): number {
  return megapixelLimit() * 1e6;
}

/**
 * What decides, besides the files, which images are decoded and at which size: part of every content
 * key of decoded images. Empty where the limit is the default one.
 */
export function decodingKey(): { readonly megapixels?: number } {
  const megapixels = megapixelLimit();
  return megapixels === defaultMegapixels ? {} : { megapixels };
}

/**
 * Reads an image file, while the thread waits: the detour through another thread costs more than the
 * reading, and who decodes has a thread for it.
 *
 * @throws {DataError} where it is not a file or too large.
 */
export function readImageFile(path: string): Uint8Array {
  const { size, isFile } = Deno.statSync(path);
  // Reading a pipe would wait for ever.
  if (!isFile) throw new DataError("it is not a file: a folder, a pipe or a device");
  if (size > mostImageBytes) {
    throw new DataError(
      `file has ${size} bytes, the limit is ${mostImageBytes}; make the image smaller`,
    );
  }
  return Deno.readFileSync(path);
}

/** Size of an image in a format that hides it from {@linkcode imageSizeOf}. */
async function askDecoder(bytes: Uint8Array): Promise<ImageSize> {
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
  return { width, height };
}

/**
 * The divisor at which an image has few enough pixels: 1 where it may be decoded whole.
 *
 * @throws {DataError} where it has too many at every size at which its format can be read.
 */
function chooseDivisor({ width, height }: ImageSize, format: ImageFormat): number {
  const limit = pixelLimit();
  if (width * height <= limit) return 1;
  if (shrinking.has(format)) {
    for (const divisor of [2, 4, 8]) {
      if (Math.ceil(width / divisor) * Math.ceil(height / divisor) <= limit) return divisor;
    }
  }
  const millions = (pixels: number) => (pixels / 1e6).toFixed(pixels < 1e7 ? 1 : 0);
  throw new DataError(
    `image has ${width} × ${height} pixels (${millions(width * height)} million), the limit is ` +
      `${millions(limit)} million; set ${limitVariable} to raise it, or make the image smaller`,
  );
}

/**
 * The reason of the decoder: it says the same thing once for every attempt. Where several threads decode
 * at once, libvips may give its words to another of them: then only the heading is left, or nothing.
 */
function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split(/\s*\n\s*/);
  const reason = [...new Set(lines)].filter((line) => line !== "").join("; ").slice(0, 200)
    .replace(/:\s*$/, "");
  return reason === "" || reason === "Unknown error" ? "the file is damaged or cut off" : reason;
}

/**
 * Decodes a JPEG, PNG, WebP, GIF (its first picture), TIFF or AVIF file to RGB: turned upright by its
 * EXIF orientation, brought to sRGB by its colour profile, transparency on white. (torchvision's own
 * loader leaves orientation and profile alone; for files that have neither, the pixels are those of
 * Pillow.) What the decoder only warns of, such as stray bytes between two markers, is decoded;
 * truncated files are not. A JPEG of more than 64 million pixels is read at a half, a quarter or an
 * eighth of its size, whichever first has few enough.
 *
 * @param bytes The file.
 * @throws {DataError} where it is not an image, is damaged or has too many pixels.
 */
export async function decodeImageBytes(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  const { shortSide } = options;
  const format = imageFormat(bytes);
  if (format === undefined) throw new DataError(describeForeignFile(bytes));
  try {
    const size = imageSizeOf(bytes, format) ?? await askDecoder(bytes);
    const divisor = chooseDivisor(size, format);
    const pixels = size.width * size.height / divisor ** 2;
    return await withDecodingBudget(pixels * bytesPerPixel, async () => {
      let image = sharp(bytes, {
        limitInputPixels: divisor === 1 ? pixelLimit() : false,
        sequentialRead: true,
        failOn: "error",
      }).autoOrient();
      if (shortSide !== undefined) {
        image = image.resize({
          width: shortSide,
          height: shortSide,
          fit: "outside",
          withoutEnlargement: true,
        });
      } else if (divisor > 1) {
        const most = Math.ceil(Math.max(size.width, size.height) / divisor);
        image = image.resize({ width: most, height: most, fit: "inside" });
      }
      const { data, info } = await image
        .flatten({ background: "#ffffff" })
        .toColourspace("srgb")
        .raw({ depth: "uchar" })
        .toBuffer({ resolveWithObject: true });
      if (info.channels !== 3) throw new Error(`${info.channels} channels, expected 3`);
      return {
        width: info.width,
        height: info.height,
        pixels: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      };
    });
  } catch (error) {
    if (error instanceof DataError || error instanceof ConfigError) throw error;
    throw new DataError(reasonOf(error), { cause: error });
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

/**
 * Size that an image file has when it is decoded whole, told from its header.
 *
 * @throws {DataError} where it is not an image file.
 */
export async function decodedSize(path: string): Promise<ImageSize> {
  const bytes = readImageFile(path);
  if (imageFormat(bytes) === undefined) throw new DataError(describeForeignFile(bytes));
  try {
    const { autoOrient } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return { width: autoOrient.width, height: autoOrient.height };
  } catch (error) {
    throw new DataError(reasonOf(error), { cause: error });
  }
}

/** Reads and decodes an image file: {@linkcode readImageFile}, {@linkcode decodeImageBytes}. */
export async function decodeImage(path: string, options: DecodeOptions = {}): Promise<RgbImage> {
  return await decodeImageBytes(readImageFile(path), options);
}
