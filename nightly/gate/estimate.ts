/**
 * The difference of a group of numbers between two nights, and its noise.
 *
 * @module
 */

import type { Variance } from "../../core/results/variance.ts";
import type { CellPair, CellRuns, Group, SpreadSource } from "./comparison.ts";

/** A difference with what is known of its noise, before variances are drawn together. */
export interface Estimate {
  /** Mean in the baseline, over the seeds that are compared. */
  readonly base: number;
  /** Mean in this night. */
  readonly next: number;
  /** next − base. */
  readonly difference: number;
  /** Whether every value of every seed that is compared is equal. */
  readonly isSame: boolean;
  /** Variance of one training's value. */
  readonly seedVariance: Variance;
  /** Where it is from. */
  readonly source: SpreadSource;
  /** What that variance is multiplied by for its share of the difference. */
  readonly seedFactor: number;
  /** Share of the samples. */
  readonly sampleVariance: Variance;
  /** Seeds that are compared: those in common, or all of both. */
  readonly seeds: { readonly base: number; readonly next: number; readonly paired: boolean };
}

/**
 * Fewest seeds in common whose differences tell the seeds' variance: that of two alone is near 0 too often.
 * The spread within the nights is of more numbers, and no smaller.
 */
const fewestPairs = 3;

/** Mean of numbers. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Variance of numbers about their mean, by count − 1. */
export function varianceOf(values: readonly number[]): Variance {
  if (values.length < 2) return { value: 0, degrees: 0 };
  const mean = meanOf(values);
  const sum = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { value: sum / (values.length - 1), degrees: values.length - 1 };
}

/** Of each seed, the mean over a group's numbers. */
export function seedMeans(
  cells: readonly CellPair[],
  side: "base" | "next",
  seeds: readonly number[],
): number[] {
  return seeds.map((seed) =>
    meanOf(cells.map((cell) => cell[side].values[cell[side].seeds.indexOf(seed)]!))
  );
}

/** Variance of one training's value between the seeds of one night. */
export function spreadWithin(cells: readonly CellPair[], side: "base" | "next"): Variance {
  return varianceOf(seedMeans(cells, side, cells[0]![side].seeds));
}

/** Adds the mean over seeds of a number's resamples to a sum. */
function addReplicates(
  { seeds, replicates }: CellRuns,
  used: readonly number[],
  factor: number,
  sum: Float64Array,
): void {
  for (const seed of used) {
    const row = replicates![seeds.indexOf(seed)]!;
    for (let index = 0; index < sum.length; index++) {
      sum[index]! += factor / used.length * row[index]!;
    }
  }
}

/**
 * Standard error by the choice of the samples, where there are no resamples. Older results tell nothing
 * but an interval, which is that of seeds and samples together.
 */
function sampleErrorOf({ sampleError, ci95 }: CellRuns): number {
  return sampleError ?? (ci95 === null ? 0 : (ci95[1] - ci95[0]) / (2 * 1.959964));
}

/** Variance of a group's difference by its samples. */
function sampleVarianceOf(
  cells: readonly CellPair[],
  base: readonly number[],
  next: readonly number[],
): Variance {
  const degrees = Math.max(1, Math.min(...cells.map((cell) => cell.next.samples)) - 1);
  const withDraws = cells.filter((cell) => cell.base.replicates && cell.next.replicates);
  const others = cells.filter((cell) => !withDraws.includes(cell));
  let value = 0;
  const count = withDraws[0]?.next.replicates?.[0]?.length ?? 0;
  if (count > 1) {
    const sum = new Float64Array(count);
    for (const cell of withDraws) {
      addReplicates(cell.next, next, 1 / cells.length, sum);
      addReplicates(cell.base, base, -1 / cells.length, sum);
    }
    value = varianceOf([...sum]).value;
  }
  if (others.length > 0) {
    // Without draws nobody knows what they have in common: as if everything.
    const error = others.reduce(
      (sum, cell) => sum + Math.hypot(sampleErrorOf(cell.base), sampleErrorOf(cell.next)),
      0,
    ) / cells.length;
    value = (Math.sqrt(value) + error) ** 2;
  }
  return { value, degrees };
}

/** Whether a number has the same value for every one of some seeds. */
function isSame({ base, next }: CellPair, seeds: readonly number[]): boolean {
  return seeds.every((seed) =>
    base.values[base.seeds.indexOf(seed)] === next.values[next.seeds.indexOf(seed)]
  );
}

/**
 * Variance of one training's value, by its seeds in both nights.
 *
 * @param common Seeds that may be paired.
 */
export function seedVarianceOf(
  cells: readonly CellPair[],
  common: readonly number[],
): { readonly variance: Variance; readonly source: SpreadSource } {
  if (common.length >= fewestPairs) {
    const from = seedMeans(cells, "base", common), to = seedMeans(cells, "next", common);
    const { value, degrees } = varianceOf(to.map((value, index) => value - from[index]!));
    return { variance: { value: value / 2, degrees }, source: "pairs" };
  }
  const sides = [spreadWithin(cells, "base"), spreadWithin(cells, "next")];
  const degrees = sides[0]!.degrees + sides[1]!.degrees;
  const sum = sides.reduce((sum, side) => sum + side.degrees * side.value, 0);
  return { variance: { value: degrees === 0 ? 0 : sum / degrees, degrees }, source: "nights" };
}

/** The difference of a group and its noise. */
export function estimateGroup({ cells }: Group): Estimate {
  const { base, next } = cells[0]!;
  const mayPair = cells.every(({ pairSeeds = true }) => pairSeeds);
  const common = mayPair ? base.seeds.filter((seed) => next.seeds.includes(seed)) : [];
  const paired = common.length > 0;
  const baseSeeds = paired ? common : base.seeds, nextSeeds = paired ? common : next.seeds;
  const from = seedMeans(cells, "base", baseSeeds), to = seedMeans(cells, "next", nextSeeds);
  const { variance: seedVariance, source } = seedVarianceOf(cells, common);
  return {
    base: meanOf(from),
    next: meanOf(to),
    difference: meanOf(to) - meanOf(from),
    isSame: paired && cells.every((cell) => isSame(cell, common)),
    seedVariance,
    source,
    seedFactor: 1 / baseSeeds.length + 1 / nextSeeds.length,
    sampleVariance: sampleVarianceOf(cells, baseSeeds, nextSeeds),
    seeds: { base: baseSeeds.length, next: nextSeeds.length, paired },
  };
}
