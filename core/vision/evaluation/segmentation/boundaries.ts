/**
 * Boundaries of classes, and how much of them lies near the boundary of another map (Csurka et al.,
 * "What is a good evaluation measure for semantic segmentation?", BMVC 2013).
 *
 * @module
 */

import { type ClassMap, ignoredValue, type JudgedMap } from "./judged_map.ts";

/** How far two boundaries may lie apart, in parts of the diagonal of the image (Csurka et al.). */
const toleratedShare = 0.0075;

/** Boundary pixels of a class in prediction and truth, and those near the other's. */
export interface BoundaryCounts {
  readonly predicted: number;
  readonly predictedNear: number;
  readonly truth: number;
  readonly truthNear: number;
}

/** Pixels that two boundaries may lie apart: 0.75 % of the diagonal, rounded, and at least one. */
export function boundaryTolerance(height: number, width: number): number {
  return Math.max(1, Math.round(toleratedShare * Math.hypot(height, width)));
}

/**
 * Places of the boundary pixels of each class: judged pixels with a judged pixel of another class
 * above, below, left or right of them. The border of the image is no boundary, nor is that of an area
 * that is not judged.
 */
function findBoundaries(
  map: ClassMap,
  truth: ClassMap,
  width: number,
  classes: number,
): number[][] {
  const ignored = ignoredValue(truth);
  const found: number[][] = Array.from({ length: classes }, () => []);
  const last = map.length - width;
  for (let place = 0, x = 0; place < map.length; place++) {
    const own = map[place]!;
    const differs = (other: number) => map[other] !== own && truth[other] !== ignored;
    if (
      truth[place] !== ignored && (
        (x > 0 && differs(place - 1)) || (x + 1 < width && differs(place + 1)) ||
        (place >= width && differs(place - width)) || (place < last && differs(place + width))
      )
    ) found[own]!.push(place);
    if (++x === width) x = 0;
  }
  return found;
}

/** Measures how near the pixels of one list are to those of another. */
class NearnessMeter {
  readonly #height: number;
  readonly #width: number;
  readonly #tolerance: number;
  /** Distance along the row to the nearest pixel of the list, at most tolerance + 1. */
  readonly #distances: Uint16Array;

  constructor(height: number, width: number, tolerance: number) {
    this.#height = height;
    this.#width = width;
    this.#tolerance = tolerance;
    this.#distances = new Uint16Array(height * width).fill(tolerance + 1);
  }

  /** Sets the distances around some pixels to what `distance` says. */
  #mark(pixels: readonly number[], distance: (offset: number) => number): void {
    for (const place of pixels) {
      const x = place % this.#width;
      const first = Math.max(-this.#tolerance, -x);
      const last = Math.min(this.#tolerance, this.#width - 1 - x);
      for (let offset = first; offset <= last; offset++) {
        const at = place + offset, value = distance(offset);
        if (value < this.#distances[at]! || value > this.#tolerance) this.#distances[at] = value;
      }
    }
  }

  /** How many pixels of `pixels` have one of `others` within the tolerance, by Euclid's distance. */
  countNear(pixels: readonly number[], others: readonly number[]): number {
    if (pixels.length === 0 || others.length === 0) return 0;
    const tolerance = this.#tolerance;
    this.#mark(others, Math.abs);
    let near = 0;
    for (const place of pixels) {
      const y = Math.floor(place / this.#width);
      const first = Math.max(-tolerance, -y), last = Math.min(tolerance, this.#height - 1 - y);
      for (let offset = first; offset <= last; offset++) {
        const along = this.#distances[place + offset * this.#width]!;
        if (along * along + offset * offset > tolerance * tolerance) continue;
        near++;
        break;
      }
    }
    this.#mark(others, () => tolerance + 1);
    return near;
  }
}

/** Counts the boundary pixels of every class; the maps have been checked. */
export function countBoundaries(
  { height, width, truth, prediction }: JudgedMap,
  classes: number,
): BoundaryCounts[] {
  const tolerance = boundaryTolerance(height, width);
  const meter = new NearnessMeter(height, width, tolerance);
  const own = findBoundaries(prediction, truth, width, classes);
  const real = findBoundaries(truth, truth, width, classes);
  return own.map((predicted, index) => ({
    predicted: predicted.length,
    predictedNear: meter.countNear(predicted, real[index]!),
    truth: real[index]!.length,
    truthNear: meter.countNear(real[index]!, predicted),
  }));
}
