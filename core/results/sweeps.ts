/**
 * Sweeps: numbers and differences along an axis, and whether a difference changes along it.
 *
 * @module
 */

import { TaskError } from "../errors.ts";
import { changeWeights, metricContrast } from "./contrast.ts";
import type { Evidence } from "./evidence.ts";
import type { Metric } from "./metric.ts";

/** One place of an axis. */
export interface SweepPoint {
  /** Place on the axis. */
  at: number;
  /** The place as it is printed. */
  label: string;
  /** Id of the row that stands there. */
  row: string;
  /** Id of the column that stands there; null where each column has a chart of its own. */
  column: string | null;
}

/** What is varied along an axis. */
export interface SweepSeries {
  label: string;
  points: SweepPoint[];
}

/** A difference at one place, in the metric's unit. */
export interface SweepDifferencePoint {
  at: number;
  label: string;
  difference: number;
  /** 95 % interval, paired by seed and sample. */
  ci95: [number, number];
  /** One difference per seed. */
  perSeed: number[];
}

/** How a difference changes from the first place to the last, along its least-squares line. */
export interface SweepTrend {
  /** Slope × (last − first); on a log scale places are logarithms. */
  change: number;
  /** 95 % interval, paired by seed and sample over all places. */
  ci95: [number, number];
}

/** A difference along an axis. */
export interface SweepDifference {
  label: string;
  /** Id of the column; null where the columns stand along the axis. */
  column: string | null;
  /** Name of the split. */
  split: string;
  points: SweepDifferencePoint[];
  /** Null with fewer than three places, or where they do not have the same seeds and samples. */
  trend: SweepTrend | null;
}

/** A sweep of a table. */
export interface ResultSweep {
  id: string;
  title: string;
  note?: string;
  /** Title of the axis. */
  axis: string;
  scale: "linear" | "log";
  /** Columns with a chart each; none where the columns stand along the axis. */
  columns: string[];
  series: SweepSeries[];
  /** Rows that do not vary. */
  levels: { label: string; row: string }[];
  differences: SweepDifference[];
}

/** A sweep to be filled. */
export interface TableSweep
  extends Omit<ResultSweep, "differences" | "columns" | "series" | "levels"> {
  readonly columns: readonly string[];
  readonly series: readonly {
    readonly label: string;
    readonly places: readonly Readonly<SweepPoint>[];
  }[];
  readonly levels: readonly { readonly label: string; readonly row: string }[];
  /** Labels of series or levels. */
  readonly differences: readonly {
    readonly label: string;
    readonly base: string;
    readonly other: string;
  }[];
}

/** Evidence of one row under one column on one split, by seed; undefined where there is none. */
export type FindEvidence = (
  row: string,
  column: string,
  split: string,
) => ReadonlyMap<number, Evidence> | undefined;

/** What filling sweeps needs of a table. */
export interface SweptTable {
  readonly splits: readonly { readonly name: string }[];
  readonly columns: readonly { readonly id: string; readonly metric: Metric }[];
  readonly evidence: FindEvidence;
  readonly warn: (message: string) => void;
}

/** Both sides of a difference at one place, with the seeds that both have. */
interface Pair {
  readonly at: number;
  readonly label: string;
  readonly metric: Metric;
  readonly seeds: readonly number[];
  readonly base: ReadonlyMap<number, Evidence>;
  readonly other: ReadonlyMap<number, Evidence>;
}

/** Both sides at one place over some seeds, as the terms of a contrast. */
function termsOf({ base, other }: Pair, seeds: readonly number[], weight: number) {
  const evidence = (side: ReadonlyMap<number, Evidence>) => seeds.map((seed) => side.get(seed)!);
  return [
    { weight: -weight, perSeed: evidence(base) },
    { weight, perSeed: evidence(other) },
  ];
}

/** Fewest places that have a trend: a line through two of them would be their difference. */
const fewestPlaces = 3;

/** How the difference changes over the places; null where it cannot be told. */
function trendOf(
  pairs: readonly Pair[],
  scale: ResultSweep["scale"],
  warn: (message: string) => void,
): SweepTrend | null {
  if (pairs.length < fewestPlaces || new Set(pairs.map(({ metric }) => metric)).size > 1) {
    return null;
  }
  const seeds = pairs[0]!.seeds.filter((seed) => pairs.every((pair) => pair.seeds.includes(seed)));
  if (seeds.length === 0) return null;
  const weights = changeWeights(pairs.map(({ at }) => scale === "log" ? Math.log(at) : at));
  try {
    const { value: change, ci95 } = metricContrast(
      pairs[0]!.metric,
      pairs.flatMap((pair, index) => termsOf(pair, seeds, weights[index]!)),
    );
    return { change, ci95 };
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    warn(error.message);
    return null;
  }
}

function pointOf(pair: Pair): SweepDifferencePoint {
  const { at, label, metric, seeds } = pair;
  const { value: difference, ci95, perSeed } = metricContrast(metric, termsOf(pair, seeds, 1));
  return { at, label, difference, ci95, perSeed };
}

/** Pairs of both sides of a difference at every place where both are measured. */
function pairsOf(
  sweep: TableSweep,
  { base, other }: { readonly base: string; readonly other: string },
  { column, split, table }: {
    readonly column: string | null;
    readonly split: string;
    readonly table: SweptTable;
  },
): Pair[] {
  const side = (
    label: string,
    index: number,
  ): { row: string; column: string | null } | undefined => {
    const level = sweep.levels.find((one) => one.label === label);
    const places = sweep.series.find((one) => one.label === label)?.places;
    const along = sweep.series[0]?.places[index]?.column ?? null;
    return level === undefined ? places?.[index] : { row: level.row, column: along };
  };
  return (sweep.series[0]?.places ?? []).flatMap(({ at, label }, index): Pair[] => {
    const from = side(base, index), to = side(other, index);
    const name = column ?? from?.column ?? undefined;
    const metric = table.columns.find(({ id }) => id === name)?.metric;
    if (from === undefined || to === undefined || name === undefined || !metric) return [];
    const one = table.evidence(from.row, name, split), two = table.evidence(to.row, name, split);
    if (one === undefined || two === undefined) return [];
    const seeds = [...one.keys()].filter((seed) => two.has(seed));
    return seeds.length === 0 ? [] : [{ at, label, metric, seeds, base: one, other: two }];
  });
}

function differencesOf(sweep: TableSweep, table: SweptTable): SweepDifference[] {
  const columns: readonly (string | null)[] = sweep.columns.length === 0 ? [null] : sweep.columns;
  return sweep.differences.flatMap((difference) =>
    columns.flatMap((column) =>
      table.splits.flatMap(({ name: split }): SweepDifference[] => {
        const pairs = pairsOf(sweep, difference, { column, split, table });
        const warn = (message: string) =>
          table.warn(`No trend of ${difference.label} along ${sweep.axis}: ${message}`);
        const points = pairs.flatMap((pair) => {
          try {
            return [pointOf(pair)];
          } catch (error) {
            if (!(error instanceof TaskError)) throw error;
            table.warn(`No difference ${difference.label} at ${pair.label}: ${error.message}`);
            return [];
          }
        });
        if (points.length === 0) return [];
        const trend = points.length === pairs.length ? trendOf(pairs, sweep.scale, warn) : null;
        return [{ label: difference.label, column, split, points, trend }];
      })
    )
  );
}

/** Fills sweeps with the differences along their axes, where both sides are measured. */
export function fillSweeps(sweeps: readonly TableSweep[], table: SweptTable): ResultSweep[] {
  return sweeps.map((sweep) => {
    const { id, title, note, axis, scale, columns, series, levels } = sweep;
    return {
      id,
      title,
      ...(note === undefined ? {} : { note }),
      axis,
      scale,
      columns: [...columns],
      series: series.map(({ label, places }) => ({
        label,
        points: places.map((place) => ({ ...place })),
      })),
      levels: levels.map((level) => ({ ...level })),
      differences: differencesOf(sweep, table),
    };
  });
}
