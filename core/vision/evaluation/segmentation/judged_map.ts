/**
 * A predicted map beside the true one, as segmentation is judged.
 *
 * @module
 */

import { TaskError } from "../../../errors.ts";

/** A class for every pixel, `[height, width]`. */
export type ClassMap = Uint8Array | Uint16Array;

/** One image with its prediction, at the size of the original. */
export interface JudgedMap {
  /** What the data set calls the image: unique in the split. */
  readonly id: string;
  readonly height: number;
  readonly width: number;
  /** True classes; the greatest value of the array's type means "not judged". */
  readonly truth: ClassMap;
  /** Predicted classes; where the truth is not judged, any value. */
  readonly prediction: ClassMap;
}

/** Most pixels of an image: counts up to here are exact in evidence, which has 32-bit floats. */
const mostPixels = 2 ** 24;

/** The value of a map that means "not judged". */
export function ignoredValue(map: ClassMap): number {
  return 2 ** (8 * map.BYTES_PER_ELEMENT) - 1;
}

function refuse({ id }: JudgedMap, problem: string): never {
  throw new TaskError(`Cannot judge the prediction of image ${id}: ${problem}`);
}

/**
 * Checks that both maps have the size of the image.
 *
 * @throws {TaskError} that names the image and both sizes.
 */
export function assertSameSize(image: JudgedMap): void {
  const { height, width, truth, prediction } = image;
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    refuse(image, `expected a size of whole numbers from 1 on, got ${width}×${height}`);
  }
  const pixels = height * width;
  if (pixels > mostPixels) {
    refuse(image, `expected at most ${mostPixels} pixels, got ${width}×${height}`);
  }
  for (const [name, map] of [["truth", truth], ["prediction", prediction]] as const) {
    if (map.length === pixels) continue;
    refuse(image, `expected a ${name} of ${width}×${height} = ${pixels} pixels, got ${map.length}`);
  }
}

/**
 * Counts the pixels of each true and predicted class into `counts`, `[classes, classes]`, true classes
 * by row; returns how many are judged.
 *
 * @throws {TaskError} where a class of a judged pixel is out of range, with its place.
 */
export function countPairs(image: JudgedMap, classes: number, counts: Uint32Array): number {
  const { truth, prediction, width } = image;
  const ignored = ignoredValue(truth);
  counts.fill(0);
  let judged = 0;
  for (let place = 0; place < truth.length; place++) {
    const row = truth[place]!;
    if (row === ignored) continue;
    const column = prediction[place]!;
    if (row >= classes || column >= classes) {
      const [what, value] = row >= classes ? ["true", row] : ["predicted", column];
      refuse(
        image,
        `expected a ${what} class from 0 to ${classes - 1}${
          what === "true" ? ` or ${ignored} (not judged)` : ""
        }, got ${value} at x = ${place % width}, y = ${Math.floor(place / width)}`,
      );
    }
    counts[row * classes + column]!++;
    judged++;
  }
  return judged;
}
