/**
 * Sweeps arranged for printing: one panel for each column of a sweep, or one where the columns stand
 * along the axis.
 *
 * @module
 */

import type {
  ResultCell,
  ResultColumn,
  ResultFile,
  ResultMetric,
  ResultRow,
} from "../core/results/result.ts";
import type { ResultSweep, SweepDifference } from "../core/results/sweeps.ts";

/** A measured number at a place of an axis. */
export interface PanelPoint {
  readonly at: number;
  readonly label: string;
  /** Cells by split. */
  readonly cells: ReadonlyMap<string, ResultCell>;
}

/** What one chart of a sweep shows. */
export interface SweepPanel {
  readonly sweep: ResultSweep;
  /** Id of the column; null where the columns stand along the axis. */
  readonly column: string | null;
  /** What is measured: `Zero-shot, IN-1k`. */
  readonly title: string;
  readonly metric: ResultMetric;
  readonly series: readonly { readonly label: string; readonly points: readonly PanelPoint[] }[];
  /** Numbers that do not vary, by split. */
  readonly levels: readonly {
    readonly label: string;
    readonly cells: ReadonlyMap<string, ResultCell>;
  }[];
  readonly differences: readonly SweepDifference[];
}

/** Ids of the rows that are made by sweeps: they have charts of their own. */
export function sweptRows({ sweeps = [] }: Pick<ResultFile, "sweeps">): ReadonlySet<string> {
  return new Set(sweeps.flatMap(({ series }) =>
    // Where columns stand along the axis, rows are the table's own.
    series.flatMap(({ points }) =>
      points.flatMap(({ row, column }) => column === null ? [row] : [])
    )
  ));
}

/** Rows that no sweep has made. */
export function listedRows(result: ResultFile): ResultRow[] {
  const swept = sweptRows(result);
  return result.rows.filter(({ id }) => !swept.has(id));
}

/**
 * Indices of the colours of what charts of sweeps and of costs show, by label: on one page a label has one
 * colour. Differences, which have charts of their own, come after what they are differences of.
 */
export function labelColors(
  { sweeps = [], costs }: Pick<ResultFile, "sweeps" | "costs">,
): ReadonlyMap<string, number> {
  const own = sweeps.flatMap(({ series, levels }) =>
    [...series, ...levels].map(({ label }) => label)
  );
  const differences = sweeps.flatMap(({ differences }) => differences.map(({ label }) => label));
  const number = (labels: readonly string[]) =>
    [...new Set([...own, ...labels])].map((label, index) => [label, index] as const);
  return new Map([
    ...number(differences),
    ...number((costs?.rows ?? []).map(({ label }) => label)),
  ]);
}

function describeColumn({ group, header }: ResultColumn): string {
  return `${group}, ${header}`;
}

/** The panels of every sweep that has numbers, in the order of the result. */
export function buildPanels(result: ResultFile): SweepPanel[] {
  const { sweeps = [], columns } = result;
  const columnOf = new Map(columns.map((column) => [column.id, column]));
  const cells = new Map<string, Map<string, ResultCell>>();
  for (const cell of result.cells) {
    if (cell.status !== "measured") continue;
    const key = JSON.stringify([cell.row, cell.column]);
    const bySplit = cells.get(key) ?? new Map<string, ResultCell>();
    cells.set(key, bySplit.set(cell.split, cell));
  }
  const find = (row: string, column: string) =>
    cells.get(JSON.stringify([row, column])) ?? new Map<string, ResultCell>();
  return sweeps.flatMap((sweep) => {
    const shown: (string | null)[] = sweep.columns.length === 0 ? [null] : sweep.columns;
    return shown.flatMap((column): SweepPanel[] => {
      const along = sweep.series[0]?.points.flatMap((point) => point.column ?? []) ?? [];
      const first = columnOf.get(column ?? along[0] ?? "");
      if (first === undefined) return [];
      const series = sweep.series.map(({ label, points }) => ({
        label,
        points: points.flatMap(({ at, label, row, column: own }): PanelPoint[] => {
          const found = find(row, own ?? column!);
          return found.size === 0 ? [] : [{ at, label, cells: found }];
        }),
      }));
      if (series.every(({ points }) => points.length === 0)) return [];
      return [{
        sweep,
        column,
        title: column === null ? first.group : describeColumn(first),
        metric: first.metric,
        series,
        levels: column === null ? [] : sweep.levels.flatMap(({ label, row }) => {
          const found = find(row, column);
          return found.size === 0 ? [] : [{ label, cells: found }];
        }),
        differences: sweep.differences.filter((difference) => difference.column === column),
      }];
    });
  });
}
