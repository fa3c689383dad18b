/**
 * The chunks of a PNG file.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { DataError } from "../../errors.ts";
import { describeForeignFile, imageFormat } from "./image_header.ts";

/** How the pixels of a PNG are stored. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly bitDepth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. */
  readonly colourType: number;
  /** Whether rows are stored in the seven passes of Adam7. */
  readonly isInterlaced: boolean;
}

/** What of a PNG pixels are read from. */
export interface PngChunks {
  readonly header: PngHeader;
  /** Compressed rows. */
  readonly data: Uint8Array;
}

/** Bit depths that the specification allows, by colour type. */
const bitDepths: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const chunksThatMatter: ReadonlySet<string> = new Set(["IHDR", "PLTE", "IDAT", "IEND"]);
/** Length, type and checksum of a chunk. */
const frameBytes = 12;

function readHeader(bytes: Uint8Array): PngHeader {
  if (bytes.length !== 13) throw new DataError("its PNG header is damaged");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [bitDepth, colourType, compression, filter, interlace] = bytes.subarray(8) as
    & Uint8Array
    & [number, number, number, number, number];
  if (
    width === 0 || height === 0 || bitDepths[colourType]?.includes(bitDepth) !== true ||
    compression !== 0 || filter !== 0 || interlace > 1
  ) throw new DataError("its PNG header is damaged");
  return { width, height, bitDepth, colourType, isInterlaced: interlace === 1 };
}

/**
 * Reads the header and the compressed rows of a PNG. Every chunk is compared with its checksum.
 *
 * @throws {DataError} where it is not a PNG, is damaged or cut short.
 */
export function readPngChunks(bytes: Uint8Array): PngChunks {
  if (!signature.every((value, at) => bytes[at] === value)) {
    const format = imageFormat(bytes);
    throw new DataError(
      format === undefined
        ? describeForeignFile(bytes)
        : format === "png"
        ? "its first bytes are not those of a PNG: was it sent as text?"
        : `it is a ${format.toUpperCase()} file, expected a PNG`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let header: PngHeader | undefined;
  const pieces: Uint8Array[] = [];
  let hasPalette = false;
  for (let at = signature.length;;) {
    if (at + frameBytes > bytes.length) throw new DataError("it is cut short");
    const length = view.getUint32(at);
    const end = at + frameBytes + length;
    if (end > bytes.length) throw new DataError("it is cut short");
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, end - 4);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new DataError(`it is damaged: wrong checksum of a chunk at byte ${at}`);
    }
    // A small first letter means that a chunk can be left out.
    if (!chunksThatMatter.has(type) && (bytes[at + 4]! & 0x20) === 0) {
      throw new DataError(`it is damaged: unknown chunk at byte ${at}`);
    }
    if ((type === "IHDR") !== (header === undefined)) {
      throw new DataError("it is damaged: expected one header, at its beginning");
    }
    if (type === "IHDR") header = readHeader(content);
    if (type === "PLTE") hasPalette = true;
    if (type === "IDAT") {
      if (header?.colourType === 3 && !hasPalette) {
        throw new DataError("it is damaged: its pixels are places in a palette, and it has none");
      }
      pieces.push(content);
    }
    if (type === "IEND") break;
    at = end;
  }
  const data = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const piece of pieces) {
    data.set(piece, filled);
    filled += piece.length;
  }
  return { header: header!, data };
}
