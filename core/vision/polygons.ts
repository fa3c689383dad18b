/**
 * Polygons to masks, pixel for pixel as COCO's `rleFrPoly` does it: the boundary is followed on a grid
 * five times as fine, and where it crosses the middle of a column of pixels a run begins or ends.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { assertMaskSize, type RunLengthMask } from "./run_length.ts";
import { mergeMasks } from "./run_length_overlap.ts";

/** How much finer the grid is. */
const scale = 5;
/** Coordinates beyond which a polygon is taken for damaged, in pixels. */
const farthest = 1e6;

/** @throws {DataError} if a polygon has fewer than three corners, half a corner, or no finite numbers. */
function assertPolygon(polygon: Float64Array, what: string): void {
  if (polygon.length < 6 || polygon.length % 2 !== 0) {
    throw new DataError(
      `${what}: expected a polygon of at least 3 corners, x and y by turns, got ${polygon.length} numbers`,
    );
  }
  for (const value of polygon) {
    if (!(Math.abs(value) <= farthest)) {
      throw new DataError(
        `${what}: a polygon has a coordinate of ${value}, expected at most ${farthest}`,
      );
    }
  }
}

/** Rounds as C's cast of x + ½ does. */
function toGrid(value: number): number {
  return Math.trunc(scale * value + 0.5);
}

/**
 * Where the boundary of a polygon crosses columns of pixels, as places of the mask counted column by
 * column; a place may come more than once.
 */
function findCrossings(polygon: Float64Array, height: number, width: number): number[] {
  const crossings: number[] = [];
  const corners = polygon.length / 2;
  let lastU = 0, lastV = 0, isFirst = true;
  const visit = (u: number, v: number) => {
    if (!isFirst && u !== lastU) {
      const x = ((u < lastU ? u : u - 1) + 0.5) / scale - 0.5;
      if (Number.isInteger(x) && x >= 0 && x <= width - 1) {
        const y = ((v < lastV ? v : lastV) + 0.5) / scale - 0.5;
        crossings.push(x * height + Math.ceil(Math.min(Math.max(y, 0), height)));
      }
    }
    isFirst = false;
    lastU = u;
    lastV = v;
  };
  for (let corner = 0; corner < corners; corner++) {
    const next = (corner + 1) % corners;
    let x0 = toGrid(polygon[2 * corner]!), y0 = toGrid(polygon[2 * corner + 1]!);
    let x1 = toGrid(polygon[2 * next]!), y1 = toGrid(polygon[2 * next + 1]!);
    const dx = Math.abs(x1 - x0), dy = Math.abs(y1 - y0);
    const isFlat = dx >= dy;
    const isBackward = isFlat ? x0 > x1 : y0 > y1;
    if (isBackward) [x0, y0, x1, y1] = [x1, y1, x0, y0];
    const steps = isFlat ? dx : dy;
    // A corner that comes twice has no slope; its height is looked at only where the column changes.
    const slope = steps === 0 ? 0 : (isFlat ? y1 - y0 : x1 - x0) / steps;
    for (let step = 0; step <= steps; step++) {
      const along = isBackward ? steps - step : step;
      if (isFlat) visit(along + x0, Math.trunc(y0 + slope * along + 0.5));
      else visit(Math.trunc(x0 + slope * along + 0.5), along + y0);
    }
  }
  return crossings;
}

/**
 * The mask of one polygon.
 *
 * @param polygon `[x0, y0, x1, y1, …]` in pixels.
 * @param what What is read, for the message, such as a file and an annotation's id.
 * @throws {DataError} if it is damaged.
 */
export function rasterizePolygon(
  polygon: Float64Array,
  height: number,
  width: number,
  what = "mask",
): RunLengthMask {
  assertMaskSize(height, width, what);
  assertPolygon(polygon, what);
  const places = Float64Array.from([...findCrossings(polygon, height, width), height * width]);
  places.sort();
  const counts = [places[0]!];
  // A place that comes twice begins and ends a run of length 0, which joins its neighbours.
  for (let index = 1; index < places.length;) {
    const length = places[index]! - places[index - 1]!;
    index++;
    if (length > 0) counts.push(length);
    else if (index < places.length) {
      counts[counts.length - 1]! += places[index]! - places[index - 1]!;
      index++;
    }
  }
  return { height, width, counts: Uint32Array.from(counts) };
}

/**
 * The union of polygons; without any, an empty mask.
 *
 * @param what What is read, for the message.
 * @throws {DataError} if one is damaged.
 */
export function rasterizePolygons(
  polygons: readonly Float64Array[],
  height: number,
  width: number,
  what = "mask",
): RunLengthMask {
  assertMaskSize(height, width, what);
  if (polygons.length === 0) return { height, width, counts: Uint32Array.of(height * width) };
  return mergeMasks(
    polygons.map((polygon) => rasterizePolygon(polygon, height, width, what)),
    "union",
  );
}
