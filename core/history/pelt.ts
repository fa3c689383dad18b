/**
 * The optimal segmentation of a series into levels (PELT: Killick, Fearnhead and Eckley, "Optimal
 * detection of changepoints with a linear computational cost", JASA 2012).
 *
 * @module
 */

import { median } from "../results/quantile.ts";

/** Sums of values and of their squares up to each index, about a value near all of them. */
class Sums {
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;

  constructor(values: Float64Array) {
    // Deviations from the median: sums of squares of large numbers would lose their last digits.
    const middle = values.length === 0 ? 0 : median(values);
    this.#sum = new Float64Array(values.length + 1);
    this.#squares = new Float64Array(values.length + 1);
    values.forEach((value, index) => {
      const deviation = value - middle;
      this.#sum[index + 1] = this.#sum[index]! + deviation;
      this.#squares[index + 1] = this.#squares[index]! + deviation * deviation;
    });
  }

  /** Sum of squared deviations from the mean of [start, end). */
  cost(start: number, end: number): number {
    const sum = this.#sum[end]! - this.#sum[start]!;
    return Math.max(0, this.#squares[end]! - this.#squares[start]! - sum * sum / (end - start));
  }
}

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
  const sums = new Sums(values);
  const best = new Float64Array(count + 1).fill(Infinity);
  best[0] = -penalty;
  const previous = new Uint32Array(count + 1);
  const expiry = new Float64Array(count + 1).fill(Infinity);
  const costs = new Float64Array(count + 1);
  let starts = [0];
  for (let end = minimum; end <= count; end++) {
    // A start is new when the segment after it can be whole.
    if (end >= 2 * minimum) starts.push(end - minimum);
    let least = Infinity;
    for (const start of starts) {
      const cost = best[start]! + sums.cost(start, end);
      costs[start] = cost;
      if (cost + penalty < least) {
        least = cost + penalty;
        previous[end] = start;
      }
    }
    best[end] = least;
    // What costs more than all up to here with one more segment loses to a segment that begins here,
    // as soon as that one can be whole.
    for (const start of starts) {
      if (costs[start]! > least && expiry[start] === Infinity) expiry[start] = end + minimum;
    }
    starts = starts.filter((start) => expiry[start]! > end + 1);
  }
  const changes: number[] = [];
  for (let start = previous[count]!; start > 0; start = previous[start]!) changes.push(start);
  return changes.reverse();
}
