/**
 * Masks as lengths of runs, column by column, as COCO keeps them: results are those of pycocotools to the
 * last run.
 *
 * @module
 */

import { DataError } from "../errors.ts";

/** A mask as run lengths; the "rle" form of an `InstanceMask` fits. */
export interface RunLengthMask {
  /** Pixels. */
  readonly height: number;
  /** Pixels. */
  readonly width: number;
  /**
   * Lengths of runs, column by column from the top left, outside and inside by turns; the first is of pixels
   * outside and may be 0. They sum to height × width.
   */
  readonly counts: Uint32Array;
}

/** The most pixels that a mask may have: what decoders of images allow, too. */
export const mostMaskPixels: number = 2 ** 28;

/**
 * Checks the size of a mask that comes from a file.
 *
 * @param what What is checked, for the message, such as a file and an annotation's id.
 * @throws {DataError} unless both sides are whole numbers from 1, and the area is one that memory holds.
 */
export function assertMaskSize(height: number, width: number, what = "mask"): void {
  const isSide = (side: number) => Number.isSafeInteger(side) && side > 0;
  if (!isSide(height) || !isSide(width) || height * width > mostMaskPixels) {
    throw new DataError(
      `${what}: expected a height and width of at least 1 pixel and at most ${mostMaskPixels} in all, ` +
        `got ${height} × ${width}`,
    );
  }
}

/**
 * A mask of run lengths that come from a file.
 *
 * @param what What is read, for the message.
 * @throws {DataError} if they are no whole numbers, or do not sum to height × width.
 */
export function maskFromCounts(
  counts: ArrayLike<unknown>,
  height: number,
  width: number,
  what = "mask",
): RunLengthMask {
  assertMaskSize(height, width, what);
  const pixels = height * width;
  const checked = new Uint32Array(counts.length);
  let sum = 0;
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index];
    if (typeof count !== "number" || !Number.isInteger(count) || count < 0 || count > pixels) {
      throw new DataError(
        `${what}: run ${index} has length ${count}, expected a whole number from 0 to ${pixels}`,
      );
    }
    checked[index] = count;
    sum += count;
  }
  if (sum !== pixels) {
    throw new DataError(
      `${what}: run lengths sum to ${sum}, expected ${height} × ${width} = ${pixels}`,
    );
  }
  return { height, width, counts: checked };
}

/** Collects runs from single pixels or stretches of them. */
class RunWriter {
  readonly #counts: number[] = [];
  #inside = false;
  #length = 0;

  /** Appends pixels that are all inside or all outside. */
  add(inside: boolean, length: number): void {
    if (length === 0) return;
    if (inside !== this.#inside) {
      this.#counts.push(this.#length);
      this.#length = 0;
      this.#inside = inside;
    }
    this.#length += length;
  }

  /** The mask of all pixels that were appended. */
  finish(height: number, width: number): RunLengthMask {
    return { height, width, counts: Uint32Array.from([...this.#counts, this.#length]) };
  }
}

/** A rectangle of pixels within an image. */
export interface PixelWindow {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Runs of a mask of bytes.
 *
 * @param bytes Row by row; other than 0 is inside.
 * @param window Where in the mask the bytes are; outside of it is nothing. Default: everywhere.
 */
export function encodeMask(
  bytes: Uint8Array,
  height: number,
  width: number,
  window: PixelWindow = { left: 0, top: 0, width, height },
): RunLengthMask {
  if (bytes.length !== window.width * window.height) {
    throw new RangeError(
      `Encode mask: expected ${window.height} × ${window.width} bytes, got ${bytes.length}`,
    );
  }
  const runs = new RunWriter();
  runs.add(false, window.left * height);
  for (let x = 0; x < window.width; x++) {
    runs.add(false, window.top);
    for (let y = 0; y < window.height;) {
      const inside = bytes[y * window.width + x] !== 0;
      const start = y;
      while (y < window.height && (bytes[y * window.width + x] !== 0) === inside) y++;
      runs.add(inside, y - start);
    }
    runs.add(false, height - window.top - window.height);
  }
  runs.add(false, (width - window.left - window.width) * height);
  return runs.finish(height, width);
}

/**
 * A mask as bytes, row by row, 1 inside and 0 outside.
 *
 * @param into Where they go, `height × width` bytes. Default: a new array.
 */
export function decodeMask(
  { height, width, counts }: RunLengthMask,
  into: Uint8Array = new Uint8Array(height * width),
): Uint8Array {
  into.fill(0);
  let at = 0;
  for (let index = 0; index < counts.length; index++) {
    const end = at + counts[index]!;
    if (index % 2 === 1) {
      let x = Math.floor(at / height), y = at % height;
      for (let pixel = at; pixel < end; pixel++) {
        into[y * width + x] = 1;
        if (++y === height) {
          y = 0;
          x++;
        }
      }
    }
    at = end;
  }
  return into;
}

/** Pixels inside. */
export function maskArea({ counts }: RunLengthMask): number {
  let area = 0;
  for (let index = 1; index < counts.length; index += 2) area += counts[index]!;
  return area;
}

/** The smallest box around a mask: x0, y0, x1, y1 of its outer edges; all 0 for an empty mask. */
export function maskBox(
  { height, counts }: RunLengthMask,
): [x0: number, y0: number, x1: number, y1: number] {
  let left = Infinity, top = Infinity, right = -1, bottom = -1;
  let at = 0;
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index]!;
    if (index % 2 === 1 && count > 0) {
      const last = at + count - 1;
      const firstColumn = Math.floor(at / height), lastColumn = Math.floor(last / height);
      const spans = lastColumn > firstColumn;
      left = Math.min(left, firstColumn);
      right = Math.max(right, lastColumn);
      top = Math.min(top, spans ? 0 : at % height);
      bottom = Math.max(bottom, spans ? height - 1 : last % height);
    }
    at += count;
  }
  return right < 0 ? [0, 0, 0, 0] : [left, top, right + 1, bottom + 1];
}
