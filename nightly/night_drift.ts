/**
 * Drift of a night's tables: what the history says since their baselines.
 *
 * @module
 */

import { LgdBenchError } from "../core/errors.ts";
import { type History, openHistory } from "../core/history/history.ts";
import type { SeriesPoint } from "../core/history/line.ts";
import type { Variance } from "../core/results/variance.ts";
import type { TableBaseline } from "./baseline.ts";
import { type CellPair, type Group, groupCells, groupId } from "./gate/comparison.ts";
import { type Drift, type DriftBase, type DriftSeries, findDrift } from "./gate/drift.ts";
import { meanOf, seedMeans, seedVarianceOf, spreadWithin } from "./gate/estimate.ts";
import { spreadKey, type Spreads } from "./gate/judge.ts";
import { moderate } from "./gate/variance_prior.ts";
import type { PreparedTable } from "./run_table.ts";

/** Points of every number of a table since its baseline, by night, oldest first. */
type PointsByNight = ReadonlyMap<string, ReadonlyMap<CellPair, SeriesPoint>>;

/** Position of a number in the history. */
function positionOf(table: string, { row, column, split }: CellPair): string {
  return [table, row, column, split].join("/");
}

/** Reads what nights of the same settings, with as many seeds as the last one, measured since a baseline. */
async function readPoints(
  history: History,
  baseline: TableBaseline,
  cells: readonly CellPair[],
  branch: string | null,
): Promise<PointsByNight> {
  const { table, size } = baseline.result;
  const judged = new Map(cells.map((cell) => [positionOf(table, cell), cell]));
  const lines = await history.lines({
    position: (name) => judged.has(name),
    table,
    size,
    ...(branch === null ? {} : { branch }),
  });
  const nights = new Map<string, Map<CellPair, SeriesPoint>>();
  for (const { position, points } of lines) {
    const cell = judged.get(position)!;
    const start = Math.max(0, points.findLastIndex(({ changed }) => changed !== undefined));
    for (const point of points.slice(start)) {
      if (point.time <= baseline.time) continue;
      if ((point.seeds ?? cell.next.seeds.length) !== cell.next.seeds.length) continue;
      const night = nights.get(point.night) ?? new Map<CellPair, SeriesPoint>();
      nights.set(point.night, night.set(cell, point));
    }
  }
  const orderOf = (night: ReadonlyMap<CellPair, SeriesPoint>) => [...night.values()][0]!.order;
  return new Map([...nights].sort(([, a], [, b]) => orderOf(a) - orderOf(b)));
}

/** The baseline of a group, over the seeds that the nights have, too. */
function baseOf({ cells, level, metric }: Group, spreads: Spreads): DriftBase {
  const { base, next } = cells[0]!;
  const common = base.seeds.filter((seed) => next.seeds.includes(seed));
  const hasSameSeeds = common.length === next.seeds.length;
  const seeds = hasSameSeeds ? common : base.seeds;
  const means = seedMeans(cells, "base", seeds);
  const value = meanOf(means);
  if (hasSameSeeds) {
    const { variance } = seedVarianceOf(cells, common);
    if (variance.degrees === 0) return { value, hasSameSeeds };
    return {
      value,
      hasSameSeeds,
      variance: { value: variance.value / seeds.length, degrees: variance.degrees },
    };
  }
  const own = spreadWithin(cells, "base");
  const prior = spreads[spreadKey(level, metric.key)];
  // The spread that is stored of a mean over rows is of the same few seeds: it is no second witness.
  const isWitness = level === "cell" || level === "row" || own.degrees === 0;
  const ofOne: Variance = prior !== undefined && isWitness ? moderate(own, prior) : own;
  if (ofOne.degrees === 0) return { value, hasSameSeeds };
  const share = 1 / seeds.length + 1 / next.seeds.length;
  return { value, hasSameSeeds, variance: { ...ofOne, value: ofOne.value * share } };
}

/** What a number was in a night, so that two trainings seldom agree in it. */
function printOf(point: SeriesPoint | undefined): string {
  return point === undefined ? "" : [point.value, point.low, point.high].join();
}

/**
 * Names the trainings of nights by what is known of each: the same where all of it agrees, or at least half
 * of it with the night before, as where one task measures otherwise, or one training in many is new.
 *
 * @param prints Of each night, oldest first, a text for each thing.
 */
function nameTrainings(prints: readonly (readonly string[])[]): string[] {
  const names = new Map<string, string>();
  let before: readonly string[] = [], last = "";
  return prints.map((own) => {
    const key = own.join(";");
    const agreeing = own.filter((print, index) => print === before[index]).length;
    const name = names.get(key) ?? (2 * agreeing >= own.length ? last : key);
    names.set(key, name);
    before = own;
    return last = name;
  });
}

/** The series of a table's numbers and of their means. */
function seriesOf(
  baseline: TableBaseline,
  cells: readonly CellPair[],
  nights: PointsByNight,
  isKnown: (cell: CellPair) => boolean,
): DriftSeries[] {
  const all = [...nights.values()];
  const rows = Map.groupBy(cells, ({ row }) => row);
  const ofRow = new Map([...rows].map(([row, own]) => [
    row,
    nameTrainings(all.map((night) => own.map((cell) => printOf(night.get(cell))))),
  ]));
  return groupCells(cells, isKnown).map((group): DriftSeries => {
    const [first] = group.cells;
    const own = [...new Set(group.cells.map(({ row }) => row))].map((row) => ofRow.get(row)!);
    const trainings = own.length === 1
      ? own[0]!
      : nameTrainings(all.map((_, night) => own.map((names) => names[night]!)));
    return {
      position: group.level === "cell" ? positionOf(baseline.result.table, first!) : groupId(group),
      level: group.level,
      higherIsBetter: group.metric.higherIsBetter,
      base: baseOf(group, baseline.spreads),
      nights: all.flatMap((night, index) => {
        const values = group.cells.flatMap((cell) => night.get(cell)?.value ?? []);
        if (values.length < group.cells.length) return [];
        return [{ value: meanOf(values), training: trainings[index]! }];
      }),
    };
  });
}

/** A table of a night, as far as drift needs it. */
export type DriftTable = Pick<PreparedTable, "baseline" | "cells">;

/**
 * Numbers, and means of them, that drifted since the baselines of their tables. None where the history cannot
 * be read: what is wrong with it is told elsewhere.
 *
 * @param options.branch Of whose nights.
 * @param options.isKnown Whether a number has a known loss: it takes no part in means.
 */
export async function driftOfTables(
  prepared: readonly DriftTable[],
  historyPath: string,
  { branch, isKnown = () => false }: {
    readonly branch: string | null;
    readonly isKnown?: (cell: CellPair) => boolean;
  },
): Promise<Drift[]> {
  const series: DriftSeries[] = [];
  try {
    using history = await openHistory(historyPath);
    for (const { baseline, cells } of prepared) {
      if (baseline === undefined || cells.length === 0) continue;
      const nights = await readPoints(history, baseline, cells, branch);
      series.push(...seriesOf(baseline, cells, nights, isKnown));
    }
  } catch (error) {
    if (error instanceof LgdBenchError) return [];
    throw error;
  }
  return findDrift(series);
}
