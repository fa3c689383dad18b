/**
 * When the number of a line moved, and whether for the better.
 *
 * @module
 */

import { type ChangePoint, type ChangePointOptions, changePoints } from "./change_points.ts";
import type { HistoryLine, SeriesPoint } from "./line.ts";

/** A change point of a line; indices are those of its points. */
export interface Move extends ChangePoint {
  /** By the metric's direction; `moved` where that is not known. */
  readonly verdict: "better" | "worse" | "moved";
}

/** Places at which a line begins again, for its numbers are not comparable with those before. */
export function breaksOf(points: readonly SeriesPoint[]): number[] {
  return points.flatMap(({ changed }, index) => changed === undefined ? [] : [index]);
}

/**
 * Finds the nights from which on the number of a line was another one. What lies before and after a
 * change of settings, data or versions is looked at by itself: such a step is no finding.
 */
export function movesOfLine(line: HistoryLine, options: ChangePointOptions = {}): Move[] {
  const { points, meaning: { higherIsBetter } } = line;
  const starts = [0, ...breaksOf(points)];
  return starts.flatMap((start, part) => {
    const end = starts[part + 1] ?? points.length;
    const values = points.slice(start, end).map(({ value }) => value);
    return changePoints(values, options).map((change): Move => {
      const [earliest, latest] = change.indexInterval;
      return {
        ...change,
        index: start + change.index,
        indexInterval: [start + earliest, start + latest],
        verdict: higherIsBetter === undefined
          ? "moved"
          : change.difference > 0 === higherIsBetter
          ? "better"
          : "worse",
      };
    });
  });
}
