/**
 * Rows of samples of a PNG: inflating, undoing the filters, the passes of interlaced files.
 *
 * @module
 */

import { inflateSync } from "node:zlib";
import { DataError } from "../../errors.ts";
import type { PngChunks, PngHeader } from "./png_chunks.ts";

/** Samples of a pixel by colour type. */
const channels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Samples of a pixel. */
export function channelsOf({ colourType }: PngHeader): number {
  return channels[colourType]!;
}

/** Every so many pixels from a first one, along both sides. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
}

const adam7: readonly Pass[] = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
];

/** A pass with its size; passes of small images may be empty. */
interface SizedPass extends Pass {
  readonly columns: number;
  readonly rows: number;
  readonly rowBytes: number;
}

function passesOf(header: PngHeader): SizedPass[] {
  const { width, height, bitDepth, isInterlaced } = header;
  const passes = isInterlaced ? adam7 : [{ x: 0, y: 0, stepX: 1, stepY: 1 }];
  return passes.map((pass) => {
    const columns = Math.ceil((width - pass.x) / pass.stepX);
    const rows = Math.ceil((height - pass.y) / pass.stepY);
    const rowBytes = Math.ceil(columns * channelsOf(header) * bitDepth / 8);
    return { ...pass, columns, rows, rowBytes };
  }).filter(({ columns, rows }) => columns > 0 && rows > 0);
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const toLeft = Math.abs(estimate - left), toUp = Math.abs(estimate - up);
  const toCorner = Math.abs(estimate - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/**
 * Undoes the filter of a row in place.
 *
 * @param above The row above, undone; zeros for the first of a pass.
 * @param back Bytes between a byte and the one that it is predicted from.
 */
function undoFilter(filter: number, row: Uint8Array, above: Uint8Array, back: number): void {
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let at = back; at < row.length; at++) row[at]! += row[at - back]!;
      return;
    case 2:
      for (let at = 0; at < row.length; at++) row[at]! += above[at]!;
      return;
    case 3:
      for (let at = 0; at < row.length; at++) {
        row[at]! += ((at < back ? 0 : row[at - back]!) + above[at]!) >> 1;
      }
      return;
    case 4:
      for (let at = 0; at < row.length; at++) {
        row[at]! += at < back ? above[at]! : paeth(row[at - back]!, above[at]!, above[at - back]!);
      }
      return;
    default:
      throw new DataError(`it is damaged: unknown filter ${filter} of a row`);
  }
}

function inflateRows(data: Uint8Array, length: number): Uint8Array {
  let rows: Uint8Array;
  try {
    rows = inflateSync(data, { maxOutputLength: length });
  } catch (error) {
    throw new DataError("it is damaged: its pixels cannot be inflated", { cause: error });
  }
  if (rows.length === length) return rows;
  throw new DataError(`it is damaged: its pixels take ${rows.length} bytes, expected ${length}`);
}

/**
 * Reads the samples of a PNG row by row.
 *
 * @param each Told a row's bytes as they are stored, the line of its pixels, the column of the first,
 *     how many columns the next is away, and how many pixels there are. The bytes are used again.
 * @throws {DataError} where they are damaged.
 */
export function readPngRows(
  { header, data }: PngChunks,
  each: (row: Uint8Array, y: number, x: number, stepX: number, columns: number) => void,
): void {
  const passes = passesOf(header);
  const length = passes.reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0);
  const bytes = inflateRows(data, length);
  const back = Math.max(1, channelsOf(header) * header.bitDepth / 8);
  let at = 0;
  for (const { x, y, stepX, stepY, columns, rows, rowBytes } of passes) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let line = 0; line < rows; line++) {
      const row = bytes.subarray(at + 1, at + 1 + rowBytes);
      undoFilter(bytes[at]!, row, above, back);
      each(row, y + line * stepY, x, stepX, columns);
      above = row;
      at += 1 + rowBytes;
    }
  }
}
