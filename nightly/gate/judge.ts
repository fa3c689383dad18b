/**
 * The gate: which numbers of a night are worse than the baseline's, beyond noise and beyond tolerance.
 *
 * @module
 */

import { studentQuantile, studentTail } from "../../core/results/student_t.ts";
import { addSeedsAndSamples, type Variance } from "../../core/results/variance.ts";
import {
  type CellPair,
  type Group,
  groupCells,
  groupId,
  type Level,
  type SpreadSource,
} from "./comparison.ts";
import { type Estimate, estimateGroup, spreadWithin } from "./estimate.ts";
import { adjustByHolm } from "./holm.ts";
import { weightsOfLevels } from "./level_weights.ts";
import { assumedSpreadOf, toleranceOf, type Tolerances } from "./tolerance.ts";
import { fitVariancePrior, moderate } from "./variance_prior.ts";

/** Probability of a false alarm in a night, over all its numbers. */
export const falseAlarmRate = 0.002;

/** Power at which the smallest loss is told. */
const power = 0.8;

/** What became of a comparison. */
export type Verdict =
  /** Equal for every seed. */
  | "same"
  /** Different, within noise. */
  | "noise"
  /** Worse beyond noise, within the tolerance. */
  | "tolerated"
  /** Worse beyond noise and tolerance: fails. */
  | "loss"
  /** Worse beyond noise, within a loss that was accepted. */
  | "known"
  /** Better beyond noise. */
  | "gain";

/** One judged comparison. */
export interface Judgement {
  /** Unique in a night; see {@linkcode groupId}. */
  readonly id: string;
  readonly group: Group;
  readonly base: number;
  readonly next: number;
  /** next − base, in the metric's unit. */
  readonly difference: number;
  /** 95 % interval of the difference, not corrected for the number of comparisons. */
  readonly ci95: readonly [number, number];
  /** Tolerated loss. */
  readonly tolerance: number;
  /** One-sided p-value of a loss, and the same corrected for all comparisons. */
  readonly p: number;
  readonly adjustedP: number;
  readonly verdict: Verdict;
  /** Smallest loss that would have been found in eight of ten such nights. */
  readonly smallestLoss: number;
  readonly spread: SpreadSource;
  readonly seeds: Estimate["seeds"];
}

/** Spreads of seeds that a baseline remembers, by {@linkcode spreadKey}. */
export type Spreads = Readonly<Record<string, Variance>>;

/** Settings of {@linkcode judgeCells}. */
export interface JudgeOptions {
  /** By the metric's key, in its unit. */
  readonly tolerances?: Tolerances;
  /** Probability of a false alarm. @default {falseAlarmRate} */
  readonly rate?: number;
  /** Spreads that are known from elsewhere, by table. */
  readonly spreads?: (table: string) => Spreads;
  /** Loss of a cell that was accepted, in the metric's unit; undefined where none was. */
  readonly knownLoss?: (cell: CellPair) => number | undefined;
}

/** Key of a spread in {@linkcode Spreads}. */
export function spreadKey(level: Level, metric: string): string {
  return `${level} ${metric}`;
}

/** A group with its estimate; the variance of seeds follows. */
interface Entry {
  readonly group: Group;
  readonly estimate: Estimate;
  variance: Variance;
  source: SpreadSource;
}

/** Most degrees of freedom that the trainings of some groups have. */
function degreesOfTrainings(entries: readonly { group: Group; own: Variance }[]): number {
  const rows = new Map<string, number>();
  for (const { group, own } of entries) {
    for (const { row } of group.cells) {
      rows.set(row, Math.max(rows.get(row) ?? 0, own.degrees));
    }
  }
  return [...rows.values()].reduce((sum, degrees) => sum + degrees, 0);
}

function meanVariance(variances: readonly Variance[]): number {
  return variances.reduce((sum, { value }) => sum + value, 0) / variances.length;
}

/** Gives every entry of one table and metric its variance of seeds. */
function shareVariances(entries: readonly Entry[], spreads: Spreads): void {
  const priors = new Map<Level, Variance>();
  const of = (level: Level) => entries.filter(({ group }) => group.level === level);
  for (const level of ["cell", "row"] as const) {
    const known = of(level).filter(({ estimate }) => !estimate.isSame)
      .map(({ group, estimate }) => ({ group, own: estimate.seedVariance }));
    const fitted = fitVariancePrior(known.map(({ own }) => own), degreesOfTrainings(known));
    const prior = fitted ?? spreads[spreadKey(level, entries[0]!.group.metric.key)];
    if (prior !== undefined) priors.set(level, prior);
  }
  for (const level of ["cell", "row", "column", "table"] as const) {
    for (const entry of of(level)) {
      const { group, estimate } = entry;
      const own = estimate.seedVariance;
      let prior = priors.get(level);
      if (level === "column" || level === "table") {
        // A mean varies no more than its parts do on average, whatever they have in common.
        const parts = level === "table" && of("row").length > 0
          ? of("row")
          : of("cell").filter(({ group: part }) => group.cells.includes(part.cells[0]!));
        const degrees = priors.get(level === "table" ? "row" : "cell")?.degrees;
        if (degrees !== undefined) {
          prior = {
            value: meanVariance(parts.map(({ variance }) => variance)),
            // A bound and no estimate: its word counts no more than the seeds' own.
            degrees: own.degrees > 0 ? Math.min(degrees, own.degrees) : degrees,
          };
        }
        // A baseline that had many seeds knows the mean itself.
        const stored = spreads[spreadKey(level, group.metric.key)];
        if (own.degrees === 0 && stored !== undefined) prior = stored;
      }
      if (prior === undefined && own.degrees === 0) {
        entry.variance = {
          value: assumedSpreadOf(group.metric, estimate.base) ** 2,
          degrees: Infinity,
        };
        entry.source = "assumed";
      } else {
        entry.variance = prior === undefined ? own : moderate(own, prior);
        entry.source = own.degrees === 0 && estimate.source === "nights"
          ? "baseline"
          : estimate.source;
      }
    }
  }
}

/** What a baseline remembers of a night: the spread of its seeds by level and metric. */
export function spreadsOf(cells: readonly CellPair[], side: "base" | "next"): Spreads {
  const groups = groupCells(cells);
  const byKey = Map.groupBy(groups, ({ level, metric }) => spreadKey(level, metric.key));
  const spreads: Record<string, Variance> = {};
  for (const [key, members] of byKey) {
    const known = members.map((group) => ({ group, own: spreadWithin(group.cells, side) }))
      .filter(({ own }) => own.degrees > 0);
    const isMean = members[0]!.level === "column" || members[0]!.level === "table";
    const degrees = isMean
      // Means over rows: the seeds alone are witnesses.
      ? Math.min(...known.map(({ own }) => own.degrees))
      : degreesOfTrainings(known);
    const fitted = fitVariancePrior(known.map(({ own }) => own), degrees);
    if (fitted !== undefined) spreads[key] = fitted;
  }
  return spreads;
}

/**
 * Judges all numbers of a night together.
 *
 * @param cells Every number that both nights have, of one table or several.
 */
export function judgeCells(
  cells: readonly CellPair[],
  options: JudgeOptions = {},
): Judgement[] {
  const { rate = falseAlarmRate, knownLoss = () => undefined } = options;
  const known = new Map(cells.map((cell) => [cell, knownLoss(cell)]));
  const entries = groupCells(cells, (cell) => known.get(cell) !== undefined).map((group): Entry => {
    const estimate = estimateGroup(group);
    return { group, estimate, variance: estimate.seedVariance, source: estimate.source };
  });
  const sets = Map.groupBy(
    entries,
    ({ group }) => JSON.stringify([group.table, group.metric.key]),
  );
  for (const members of sets.values()) {
    shareVariances(members, options.spreads?.(members[0]!.group.table) ?? {});
  }
  const judged = entries.map(({ group, estimate, variance, source }) => {
    const { difference } = estimate;
    const total = addSeedsAndSamples(
      { value: variance.value * estimate.seedFactor, degrees: variance.degrees },
      estimate.sampleVariance,
    );
    const error = Math.sqrt(total.value);
    const loss = group.metric.higherIsBetter ? -difference : difference;
    const t = error > 0 ? loss / error : loss === 0 ? 0 : loss > 0 ? Infinity : -Infinity;
    const p = estimate.isSame ? 1 : studentTail(t, total.degrees);
    return { group, estimate, source, error, degrees: total.degrees, loss, p };
  });
  // What is the same to the bit cannot be a false alarm and takes no part.
  const compared = judged.filter(({ estimate }) => !estimate.isSame);
  const weights = weightsOfLevels(compared.map(({ group }) => group.level));
  const losses = adjustByHolm(compared.map(({ p }) => p), weights);
  const gains = adjustByHolm(compared.map(({ p }) => 1 - p), weights);
  const places = new Map(compared.map((entry, index) => [entry, index]));
  return judged.map((entry): Judgement => {
    const { group, estimate, source, error, degrees, loss, p } = entry;
    const place = places.get(entry);
    const adjustedP = place === undefined ? 1 : losses[place]!;
    const accepted = group.level === "cell" ? known.get(group.cells[0]!) : undefined;
    const tolerance = toleranceOf(group.metric, estimate.base, options.tolerances);
    const verdict: Verdict = place === undefined
      ? "same"
      : adjustedP <= rate
      ? loss <= tolerance ? "tolerated" : loss <= (accepted ?? 0) ? "known" : "loss"
      : gains[place]! <= rate
      ? "gain"
      : "noise";
    const half = error * studentQuantile(0.975, degrees);
    // The estimate must be above both; in eight of ten nights it is not far below the true loss.
    const needed = place === undefined
      ? tolerance
      : Math.max(tolerance, error * studentQuantile(1 - rate * weights[place]!, degrees)) +
        error * studentQuantile(power, degrees);
    return {
      id: groupId(group),
      group,
      base: estimate.base,
      next: estimate.next,
      difference: estimate.difference,
      ci95: [estimate.difference - half, estimate.difference + half],
      tolerance,
      p,
      adjustedP,
      verdict,
      smallestLoss: needed,
      spread: source,
      seeds: estimate.seeds,
    };
  });
}
