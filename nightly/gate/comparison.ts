/**
 * What the gate compares: numbers of two nights, each with its seeds and with resamples of its samples.
 *
 * @module
 */

import type { ResultMetric } from "../../core/results/result.ts";

/** One number of one night. */
export interface CellRuns {
  /** Seeds, each once. */
  readonly seeds: readonly number[];
  /** Value of each seed. */
  readonly values: readonly number[];
  /**
   * Of each seed, its value over every resample of the samples; undefined where there is no evidence.
   * The draws are the same for all numbers on the same samples.
   */
  readonly replicates?: readonly Float64Array[];
  /** Number of samples. */
  readonly samples: number;
  /** Standard error by the choice of the samples: stands for the resamples where there are none. */
  readonly sampleError?: number;
  /** 95 % interval of the mean: stands for that error where a result does not tell it. */
  readonly ci95: readonly [number, number] | null;
}

/** One number in both nights. */
export interface CellPair {
  /** Id of the cell in its table. */
  readonly id: string;
  /** Table and size, e.g. `"table2-mini"`. */
  readonly table: string;
  /** Id of the row. */
  readonly row: string;
  /** Id of the column. */
  readonly column: string;
  /** Name of the split. */
  readonly split: string;
  /** What the numbers are. */
  readonly metric: ResultMetric;
  /** In the baseline. */
  readonly base: CellRuns;
  /** In this night. */
  readonly next: CellRuns;
  /** Whether seeds may be paired; false across machines. @default {true} */
  readonly pairSeeds?: boolean;
}

/** What a comparison is the mean of. */
export type Level = "cell" | "row" | "column" | "table";

/** Numbers that are judged together, by their mean. */
export interface Group {
  readonly level: Level;
  readonly table: string;
  /** Row, column and split, or metric: what the numbers have in common. */
  readonly name: string;
  readonly metric: ResultMetric;
  readonly cells: readonly CellPair[];
}

/** Where the seeds' variance of a comparison is from. */
export type SpreadSource = "pairs" | "nights" | "baseline" | "assumed";

/** Id of a group, unique in a night: `"table2-mini/rn18-lgd.zs.val"`, `"table2-mini/row rn18-lgd, top1"`. */
export function groupId({ level, table, name, metric }: Group): string {
  return level === "cell" ? `${table}/${name}` : `${table}/${level} ${name}, ${metric.key}`;
}

/** Cells with the same seeds in both nights as the most of them, so that they can be averaged by seed. */
function withCommonSeeds(cells: readonly CellPair[]): readonly CellPair[] {
  const bySeeds = Map.groupBy(
    cells,
    ({ base, next }) => `${base.seeds.join()} ${next.seeds.join()}`,
  );
  return [...bySeeds.values()].reduce((a, b) => b.length > a.length ? b : a, []);
}

/**
 * All groups of the numbers of a night: each number by itself, then the means of at least two of one
 * metric by row, by column and split, and by table.
 *
 * @param excluded Whether a number is left out of the means, as one whose loss is known.
 */
export function groupCells(
  cells: readonly CellPair[],
  excluded: (cell: CellPair) => boolean = () => false,
): Group[] {
  const groups: Group[] = cells.map((cell) => ({
    level: "cell",
    table: cell.table,
    name: cell.id,
    metric: cell.metric,
    cells: [cell],
  }));
  const kept = cells.filter((cell) => !excluded(cell));
  const keys: readonly [Exclude<Level, "cell">, (cell: CellPair) => string][] = [
    ["row", ({ row }) => row],
    ["column", ({ column, split }) => `${column}.${split}`],
    ["table", () => "all"],
  ];
  for (const [level, nameOf] of keys) {
    const members = Map.groupBy(
      kept,
      (cell) => JSON.stringify([cell.table, cell.metric.key, nameOf(cell)]),
    );
    for (const all of members.values()) {
      const chosen = withCommonSeeds(all);
      const rows = new Set(chosen.map(({ row }) => row)).size;
      if (chosen.length < 2 || (level !== "row" && rows < 2)) continue;
      const { table, metric } = chosen[0]!;
      groups.push({ level, table, name: nameOf(chosen[0]!), metric, cells: chosen });
    }
  }
  return groups;
}
