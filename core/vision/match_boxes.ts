/**
 * Which object a box stands for: torchvision's `Matcher` over intersections over union.
 *
 * @module
 */

import { boxMemory, loadSides, padCount } from "./box_memory.ts";
import { countBoxes } from "./boxes.ts";
import { findEqual, matchObject } from "./kernels/box_kernels.wasm";

type Sides = readonly [x0: number, y0: number, x1: number, y1: number];

/** Matched with nothing: overlap below the low threshold with every object. */
export const belowThreshold = -1;
/** Neither hit nor miss: the greatest overlap is between the thresholds. */
export const betweenThresholds = -2;

/** When a box stands for an object. */
export interface MatchOptions {
  /** Overlap from which a box stands for the object that it overlaps most. */
  readonly high: number;
  /** Overlap below which a box stands for background. */
  readonly low: number;
  /**
   * Whether a box that no other box surpasses in overlap with some object stands for its own best
   * object, however little the overlap. Default: no.
   */
  readonly allowLowQuality?: boolean;
}

/**
 * Matches boxes with objects. Of objects that overlap equally, the first counts. An object that
 * nothing overlaps claims no box, where torchvision would give it all of them.
 *
 * @param truth Objects, `[M, 4]`; there may be none.
 * @param boxes `[N, 4]`
 * @returns For every box the object's index, {@linkcode belowThreshold} or
 *   {@linkcode betweenThresholds}, `[N]`.
 */
export function matchBoxes(
  truth: Float32Array,
  boxes: Float32Array,
  { high, low, allowLowQuality = false }: MatchOptions,
): Int32Array {
  if (!(low <= high)) {
    throw new RangeError(`Match boxes: expected low ≤ high, got low ${low} and high ${high}`);
  }
  const count = countBoxes(boxes), objects = countBoxes(truth, "truth");
  const bytes = 4 * padCount(count);
  const places = boxMemory.reserve({
    sides: 4 * bytes,
    best: bytes,
    bestObject: bytes,
    row: bytes,
    ties: bytes,
  });
  loadSides(boxes, undefined, places.sides);
  boxMemory.bytes(places.best, bytes).fill(0);
  const best = boxMemory.floats(places.best, count);
  const bestObject = boxMemory.integers(places.bestObject, count);
  // Boxes that overlap some object more than all others do, or as much as the best others.
  const claimed: number[] = [];
  for (let object = 0; object < objects; object++) {
    const [x0, y0, x1, y1] = truth.subarray(4 * object, 4 * object + 4) as unknown as Sides;
    const { sides, row, ties } = places;
    const padded = padCount(count);
    const greatest = matchObject(
      x0,
      y0,
      x1,
      y1,
      object,
      sides,
      padded,
      places.best,
      places.bestObject,
      row,
    );
    if (!allowLowQuality || !(greatest > 0)) continue;
    const found = findEqual(row, padded, greatest, ties);
    for (const index of boxMemory.integers(ties, found)) claimed.push(index);
  }
  const matches = new Int32Array(count).fill(belowThreshold);
  if (truth.length === 0) return matches;
  const from = Math.fround(high), below = Math.fround(low);
  for (let index = 0; index < count; index++) {
    const iou = best[index]!;
    if (iou >= from) matches[index] = bestObject[index]!;
    else if (iou >= below) matches[index] = betweenThresholds;
  }
  for (const index of claimed) matches[index] = bestObject[index]!;
  return matches;
}
