/**
 * Ratios of alternating runs, and whether memory stays flat.
 *
 * @module
 */

import type { LongRun, Measurement, RatioRange } from "../../core/results/speed_result.ts";
import { median } from "../../core/results/quantile.ts";

/** Time of one image in a process: the median step, so that one disturbed step does not count. */
export function secondsPerImage({ seconds, images }: Measurement): number {
  return median(seconds) / images;
}

/**
 * Ratio of each pair of runs that stood side by side in time; null where there is no pair.
 *
 * @param pick The quantity that is compared.
 */
export function ratioOfPairs(
  ours: readonly Measurement[],
  theirs: readonly Measurement[],
  pick: (measurement: Measurement) => number,
): RatioRange | null {
  const pairs = ours.slice(0, theirs.length).map((run, index) => pick(run) / pick(theirs[index]!));
  if (pairs.length === 0 || !pairs.every(Number.isFinite)) return null;
  return { median: median(pairs), low: Math.min(...pairs), high: Math.max(...pairs), pairs };
}

/** Largest relative difference of the first values of two sides; null where one has none. */
export function valueDifference(
  ours: readonly Measurement[],
  theirs: readonly Measurement[],
): number | null {
  if (ours.length === 0 || theirs.length === 0) return null;
  const differences = ours.flatMap((run) =>
    theirs.map((other) =>
      Math.abs(run.values[0]! - other.values[0]!) / Math.max(Math.abs(other.values[0]!), 1e-12)
    )
  );
  return Math.max(...differences);
}

/** Growth up to which memory counts as flat: the allocator's and the collector's own swing. */
const largestGrowth = 0.03;

/**
 * Compares the memory of the second tenth of a run with that of the last.
 *
 * @throws {RangeError} where memory was read fewer than 10 times.
 */
export function summarizeMemory(student: string, measurement: Measurement): LongRun {
  const memory = measurement.memory ?? [];
  if (memory.length < 10) {
    throw new RangeError(`Cannot judge memory: it was read ${memory.length} times, expected 10`);
  }
  const tenth = Math.floor(memory.length / 10);
  const medianBytes = (part: typeof memory) => median(part.map(({ bytes }) => bytes));
  // The first tenth is left out: memory is still being taken.
  const early = medianBytes(memory.slice(tenth, 2 * tenth));
  const late = medianBytes(memory.slice(-tenth));
  const growth = late / early - 1;
  return {
    student,
    steps: measurement.seconds.length,
    seconds: measurement.seconds.reduce((sum, value) => sum + value, 0),
    memory,
    early,
    late,
    growth,
    flat: growth <= largestGrowth,
  };
}
