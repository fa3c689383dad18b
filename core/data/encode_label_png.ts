/**
 * Writes maps of classes as PNG.
 *
 * @module
 */

import { crc32, deflateSync } from "node:zlib";
import { ConfigError } from "../errors.ts";

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A chunk with its length and checksum. */
function chunk(kind: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(kind), 4);
  bytes.set(content, 8);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(4, bytes.length - 4)));
  return bytes;
}

/**
 * A map of classes as a PNG with a palette (8 bits, colour type 3), as Pascal VOC's: the value of a pixel
 * is its class, and viewers show its colour.
 *
 * @param labels [height, width], each below the number of colours.
 * @param palette A colour for each class, 1 to 256.
 * @throws {ConfigError} where a label has no colour, with its place, or the sizes do not fit.
 */
export function encodeLabelPng(
  labels: Uint8Array,
  { height, width }: { readonly height: number; readonly width: number },
  palette: readonly Colour[],
): Uint8Array {
  const fail = (reason: string): never => {
    throw new ConfigError(`Cannot write a map of classes: ${reason}`);
  };
  if (palette.length < 1 || palette.length > 256) {
    fail(`expected 1 to 256 colours, got ${palette.length}`);
  }
  if (labels.length !== height * width) {
    fail(`expected ${height} × ${width} labels, got ${labels.length}`);
  }
  const wrong = labels.findIndex((label) => label >= palette.length);
  if (wrong >= 0) {
    fail(
      `label ${labels[wrong]} at (${wrong % width}, ${Math.floor(wrong / width)}) is none of ` +
        `${palette.length} classes`,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // Bits, palette; then the only compression, the only filters, no interlacing.
  header.set([8, 3, 0, 0, 0], 8);
  // Before each row stands its filter: none.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    rows.set(labels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const parts = [
    signature,
    chunk("IHDR", header),
    chunk("PLTE", Uint8Array.from(palette.flat())),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ];
  const file = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const part of parts) {
    file.set(part, place);
    place += part.length;
  }
  return file;
}
