/**
 * What the numbers of a label file mean.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { SegmentationAnnotation } from "../../annotation.ts";
import { readImageFile } from "../../decoding/image_decoder.ts";
import { decodeLabelPng, type LabelSamples } from "../../decoding/label_png.ts";
import { withDecodingBudget } from "../../decoding/decoding_budget.ts";
import { explainReadError } from "../../../files.ts";

/** What a map has where nothing is judged. */
export const notJudged = 255;

/** Most classes: a map has a byte for each pixel. */
export const mostLabelClasses = 255;

/** Which class each number stands for. */
export interface LabelRule {
  /** By number, `[256]`: index of the class, {@linkcode notJudged}, or −1 where it must not occur. */
  readonly classes: Int16Array;
  /** For messages: `"a label id from 0 to 33"`. */
  readonly expected: string;
}

/** Makes a rule; numbers that are not named must not occur. */
export function labelRule(
  expected: string,
  classes: Iterable<readonly [value: number, label: number]>,
): LabelRule {
  const table = new Int16Array(256).fill(-1);
  for (const [value, label] of classes) table[value] = label;
  return { classes: table, expected };
}

/**
 * Classes of the numbers of a label file.
 *
 * @throws {DataError} naming the first number that must not occur, and its place.
 */
export function classesOf(
  { values, width }: LabelSamples,
  { classes, expected }: LabelRule,
): Uint8Array {
  const map = new Uint8Array(values.length);
  for (let place = 0; place < values.length; place++) {
    const value = values[place]!;
    const label = value < 256 ? classes[value]! : -1;
    if (label < 0) {
      const bits = 8 * values.BYTES_PER_ELEMENT;
      throw new DataError(
        `${value} at x = ${place % width}, y = ${Math.floor(place / width)}, expected ${expected}` +
          (bits > 8 ? `; the file has ${bits} bits a pixel` : ""),
      );
    }
    map[place] = label;
  }
  return map;
}

/** Bytes that are taken for each pixel while a label file is read: rows, numbers and classes. */
const bytesPerPixel = 5;

/**
 * Reads a label file.
 *
 * @throws {DataError} naming the file, and number and place where a number must not occur.
 */
export async function readLabelFile(
  path: string,
  rule: LabelRule,
): Promise<SegmentationAnnotation> {
  let bytes: Uint8Array;
  try {
    bytes = readImageFile(path);
  } catch (error) {
    if (error instanceof DataError) throw new DataError(`Label file ${path}: ${error.message}`);
    throw explainReadError(path, error);
  }
  try {
    // Width and height are where every PNG has them; a damaged file is refused before it takes memory.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const pixels = bytes.length < 24 ? 0 : view.getUint32(16) * view.getUint32(20);
    return await withDecodingBudget(pixels * bytesPerPixel, () => {
      const samples = decodeLabelPng(bytes);
      const { width, height } = samples;
      return Promise.resolve({
        kind: "segmentation" as const,
        width,
        height,
        map: classesOf(samples, rule),
      });
    });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`Label file ${path}: ${error.message}`, { cause: error });
  }
}
