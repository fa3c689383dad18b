/**
 * Clouds by the diamond-square algorithm, of which fog is made.
 *
 * @module
 */

import type { Plane } from "./float_image.ts";
import type { Draw } from "./noise.ts";

/** Largest deviation from the mean of the neighbours at the coarsest step, squared: the map is scaled. */
const coarsest = 100;

/**
 * A map from 0 to 1 that goes on from one edge at the opposite one: between known points, those half a
 * step away are the mean of their four neighbours and a random deviation, which falls with the step.
 *
 * @param side Side of the map, a power of two from 2 on.
 * @param decay By what the deviation is divided from one step to the half of it; its square counts.
 * @param uniform Gives numbers from 0 to 1, side² − 1 of them: at each step those in the middle of four
 * points, those between two points of a row, those between two of a column, each by rows.
 * @returns `[side, side]`
 */
export function plasmaFractal(side: number, decay: number, uniform: Draw): Plane {
  const map = new Float64Array(side * side);
  const at = (y: number, x: number) => map[(y + side) % side * side + (x + side) % side]!;
  let deviation = coarsest;
  for (let step = side; step >= 2; step /= 2, deviation /= decay) {
    const half = step / 2;
    const fill = (firstRow: number, firstColumn: number, sum: (y: number, x: number) => number) => {
      for (let y = firstRow; y < side; y += step) {
        for (let x = firstColumn; x < side; x += step) {
          map[y * side + x] = sum(y, x) / 4 +
            deviation * (2 * deviation * uniform() - deviation);
        }
      }
    };
    const ofDiagonals = (y: number, x: number) =>
      at(y - half, x - half) + at(y + half, x - half) +
      (at(y - half, x + half) + at(y + half, x + half));
    const ofSides = (y: number, x: number) =>
      at(y + half, x) + at(y - half, x) + (at(y, x - half) + at(y, x + half));
    fill(half, half, ofDiagonals);
    fill(0, half, ofSides);
    fill(half, 0, ofSides);
  }
  let least = Infinity, most = -Infinity;
  for (const value of map) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return map.map((value) => (value - least) / (most - least));
}
