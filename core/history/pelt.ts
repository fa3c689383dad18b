/**
 * The optimal segmentation of a series into levels (PELT: Killick, Fearnhead and Eckley, "Optimal
 * detection of changepoints with a linear computational cost", JASA 2012).
 *
 * @module
 */

import { median } from "../results/quantile.ts";

/** Settings of {@linkcode optimalSegments}. */
export interface SegmentOptions {
  /** Cost of one more segment, in squared units of the values. */
  readonly penalty: number;
  /** Fewest values of a segment. */
  readonly minimum: number;
}

/**
 * Indices at which segments begin, without the first: of all segmentations the one with the least
 * sum of squared deviations from the means of its segments, plus the penalty for each.
 */
export function optimalSegments(
  values: Float64Array,
  { penalty, minimum }: SegmentOptions,
): number[] {
  const count = values.length;
  if (count < 2 * minimum) return [];
  // Sums up to each index, of deviations from the median: sums of squares of large numbers would lose
  // their last digits.
  const middle = median(values);
  const sums = new Float64Array(count + 1), squares = new Float64Array(count + 1);
  for (let index = 0; index < count; index++) {
    const deviation = values[index]! - middle;
    sums[index + 1] = sums[index]! + deviation;
    squares[index + 1] = squares[index]! + deviation * deviation;
  }
  const best = new Float64Array(count + 1).fill(Infinity);
  best[0] = -penalty;
  const previous = new Uint32Array(count + 1);
  const expiry = new Float64Array(count + 1).fill(Infinity);
  const costs = new Float64Array(count + 1);
  // Places where the last segment may begin, the first `open` of them.
  const starts = new Uint32Array(count);
  let open = 1;
  for (let end = minimum; end <= count; end++) {
    // A start is new when the segment after it can be whole.
    if (end >= 2 * minimum) starts[open++] = end - minimum;
    let least = Infinity;
    for (let at = 0; at < open; at++) {
      const start = starts[at]!;
      const sum = sums[end]! - sums[start]!;
      const deviations = squares[end]! - squares[start]! - sum * sum / (end - start);
      const cost = best[start]! + Math.max(0, deviations);
      costs[at] = cost;
      if (cost + penalty < least) {
        least = cost + penalty;
        previous[end] = start;
      }
    }
    best[end] = least;
    // What costs more than all up to here with one more segment loses to a segment that begins here,
    // as soon as that one can be whole.
    let kept = 0;
    for (let at = 0; at < open; at++) {
      const start = starts[at]!;
      if (costs[at]! > least && expiry[start] === Infinity) expiry[start] = end + minimum;
      if (expiry[start]! > end + 1) starts[kept++] = start;
    }
    open = kept;
  }
  const changes: number[] = [];
  for (let start = previous[count]!; start > 0; start = previous[start]!) changes.push(start);
  return changes.reverse();
}
