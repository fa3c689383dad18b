/**
 * Many nights in few points, without hiding any: each point has the mean, the least and the greatest
 * number of the nights that it stands for.
 *
 * @module
 */

import type { SeriesPoint } from "../../core/history/line.ts";

/** Some nights that follow each other. */
export interface Bucket {
  /** Index of the first night. */
  readonly start: number;
  /** Index after the last night. */
  readonly end: number;
  /** Mean of the numbers. */
  readonly mean: number;
  /** Least number. */
  readonly least: number;
  /** Greatest number. */
  readonly greatest: number;
  /** Means of the ends of the nights' intervals; null where a night has none. */
  readonly interval: readonly [low: number, high: number] | null;
}

/** Nights of one bucket, so that there are at most so many buckets. */
export function nightsPerBucket(nights: number, buckets: number): number {
  return Math.max(1, Math.ceil(nights / buckets));
}

/**
 * Cuts nights into buckets of equal length, the last one may be shorter. No bucket reaches over one
 * of `cuts`: what is not comparable is not averaged.
 *
 * @param size Nights of a bucket.
 * @param cuts Indices at which a bucket has to begin, in order.
 */
export function makeBuckets(
  points: readonly SeriesPoint[],
  size: number,
  cuts: readonly number[] = [],
): Bucket[] {
  const edges = [...new Set([0, ...cuts, points.length])];
  return edges.slice(0, -1).flatMap((from, part) => {
    const until = edges[part + 1]!;
    return Array.from({ length: Math.ceil((until - from) / size) }, (_, index) => {
      const start = from + index * size;
      return makeBucket(points, start, Math.min(until, start + size));
    });
  });
}

function makeBucket(points: readonly SeriesPoint[], start: number, end: number): Bucket {
  let sum = 0, lows = 0, highs = 0, intervals = 0;
  let least = Infinity, greatest = -Infinity;
  for (let index = start; index < end; index++) {
    const { value, low, high } = points[index]!;
    sum += value;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    if (low === undefined || high === undefined) continue;
    lows += low;
    highs += high;
    intervals++;
  }
  const count = end - start;
  return {
    start,
    end,
    mean: sum / count,
    least,
    greatest,
    interval: intervals === count ? [lows / count, highs / count] : null,
  };
}
