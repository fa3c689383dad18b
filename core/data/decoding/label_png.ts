/**
 * Label files: PNG whose pixels are numbers, as grey levels or as places in a palette. An image decoder
 * would give the colours of a palette, and grey levels after its own ideas.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import { pixelLimit } from "./image_decoder.ts";
import { type PngHeader, readPngChunks } from "./png_chunks.ts";
import { channelsOf, readPngRows } from "./png_rows.ts";

/** A number for every pixel. */
export interface LabelSamples {
  readonly width: number;
  readonly height: number;
  /** `[height, width]`; 16 bits where the file has them. */
  readonly values: Uint8Array | Uint16Array;
}

const grey = 0, palette = 3;

function assertPixelCount({ width, height }: PngHeader): void {
  const limit = pixelLimit();
  if (width * height <= limit) return;
  throw new DataError(
    `it has ${width} × ${height} pixels, the limit is ${limit / 1e6} million; set ` +
      "LGD_BENCH_MAX_MEGAPIXELS to raise it",
  );
}

/** Says that a file is a picture, with the colour of its first pixel. */
function refusePicture(chunks: ReturnType<typeof readPngChunks>): never {
  const { header } = chunks;
  const count = channelsOf(header), bytes = header.bitDepth / 8;
  let first: number[] = [];
  readPngRows(chunks, (row, y, x) => {
    if (y !== 0 || x !== 0) return;
    first = Array.from(
      { length: count },
      (_, channel) => bytes === 1 ? row[channel]! : row[2 * channel]! << 8 | row[2 * channel + 1]!,
    );
  });
  throw new DataError(
    `it is a picture with ${count} channels: ${first.join(", ")} at x = 0, y = 0; expected one ` +
      "number for each pixel, as a grey or a palette PNG",
  );
}

/**
 * Reads a label file.
 *
 * @throws {DataError} where it is not a PNG, is damaged, is a picture, has too many pixels, or is grey
 *     with less than 8 bits, whose levels some programs stretch to 255 and others do not.
 */
export function decodeLabelPng(bytes: Uint8Array): LabelSamples {
  const chunks = readPngChunks(bytes);
  const { width, height, bitDepth, colourType } = chunks.header;
  assertPixelCount(chunks.header);
  if (colourType !== grey && colourType !== palette) refusePicture(chunks);
  if (colourType === grey && bitDepth < 8) {
    throw new DataError(
      `it is grey of bit depth ${bitDepth}, which programs read differently; expected 8 or 16`,
    );
  }
  if (bitDepth === 16) {
    const values = new Uint16Array(width * height);
    readPngRows(chunks, (row, y, x, stepX, columns) => {
      for (let column = 0, to = y * width + x; column < columns; column++, to += stepX) {
        values[to] = row[2 * column]! << 8 | row[2 * column + 1]!;
      }
    });
    return { width, height, values };
  }
  const values = new Uint8Array(width * height);
  const perByte = 8 / bitDepth, mask = 2 ** bitDepth - 1;
  readPngRows(chunks, (row, y, x, stepX, columns) => {
    if (perByte === 1 && stepX === 1) return values.set(row, y * width + x);
    for (let column = 0, to = y * width + x; column < columns; column++, to += stepX) {
      const shift = 8 - bitDepth * (column % perByte + 1);
      values[to] = row[Math.floor(column / perByte)]! >> shift & mask;
    }
  });
  return { width, height, values };
}
