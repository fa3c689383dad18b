/**
 * Parsers of images: files of every format through the decoder, in this process.
 *
 * @module
 */

import sharp from "sharp";
import { decodeImageBytes } from "../../core/data/decoding/image_decoder.ts";
import { RandomStream } from "../../core/random.ts";
import type { FuzzParser, FuzzSeed } from "./parser.ts";

const width = 29, height = 22;

/** A picture with smooth and with rough parts. */
function drawPicture(channels: 3 | 4) {
  const random = new RandomStream(0, "picture");
  const pixels = new Uint8Array(width * height * channels);
  pixels.forEach((_, index) => {
    const pixel = Math.floor(index / channels);
    const column = pixel % width;
    const smooth = index % channels === 3 ? 255 - 6 * column : (pixel * 3) % 256;
    pixels[index] = column < width / 2 ? smooth : random.integer(256);
  });
  return sharp(pixels, { raw: { width, height, channels } });
}

type Encode = () => ReturnType<typeof sharp>;

/** Files of each format. */
const encoders: Readonly<Record<string, Readonly<Record<string, Encode>>>> = {
  jpeg: {
    baseline: () => drawPicture(3).jpeg({ quality: 80 }),
    "progressive, turned": () =>
      drawPicture(3).jpeg({ progressive: true }).withMetadata({ orientation: 6 }),
    grey: () => drawPicture(3).grayscale().jpeg(),
  },
  png: {
    rgba: () => drawPicture(4).png(),
    palette: () => drawPicture(3).png({ palette: true, colours: 8 }),
    interlaced: () => drawPicture(3).png({ progressive: true }),
  },
  webp: {
    lossy: () => drawPicture(3).webp(),
    lossless: () => drawPicture(4).webp({ lossless: true }),
  },
  gif: { plain: () => drawPicture(4).gif() },
  tiff: {
    lzw: () => drawPicture(3).tiff({ compression: "lzw" }),
    plain: () => drawPicture(4).tiff({ compression: "none" }),
  },
  avif: { plain: () => drawPicture(3).avif({ effort: 0 }) },
};

/** One parser for each format. */
export const imageParsers: readonly FuzzParser[] = Object.entries(encoders).map(
  ([format, files]) => ({
    name: `image/${format}`,
    // A PNG has a checksum for each of its chunks, and the decoder looks at them.
    isChecked: format === "png",
    async open() {
      const seeds: FuzzSeed[] = [];
      for (const [name, encode] of Object.entries(files)) {
        seeds.push({ name, bytes: new Uint8Array(await encode().toBuffer()) });
      }
      return { seeds, parse: async (bytes) => ({ ...await decodeImageBytes(bytes) }) };
    },
  }),
);
