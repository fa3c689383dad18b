/**
 * Drift of a night's tables: what the history says since their baselines.
 *
 * @module
 */

import { LgdBenchError } from "../core/errors.ts";
import { openHistory } from "../core/history/history.ts";
import { type Drift, type DriftSeries, findDrift } from "./gate/drift.ts";
import type { PreparedTable } from "./run_table.ts";

/** Standard error of a number by its seeds: of their spread. */
function errorOfSeeds(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sum = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(sum / (values.length - 1) / values.length);
}

/**
 * Numbers that drifted since the baselines of their tables. None where the history cannot be read: what
 * is wrong with it is told elsewhere.
 *
 * @param branch Of whose nights.
 */
export async function driftOfTables(
  prepared: readonly PreparedTable[],
  historyPath: string,
  branch: string | null,
): Promise<Drift[]> {
  const series: DriftSeries[] = [];
  try {
    using history = await openHistory(historyPath);
    for (const { baseline, cells, night } of prepared) {
      if (baseline === undefined || cells.length === 0) continue;
      const baseCells = new Map(baseline.result.cells.map((cell) => [cell.id, cell]));
      const judged = new Map(cells.map((cell) => [
        [baseline.result.table, cell.row, cell.column, cell.split].join("/"),
        cell,
      ]));
      const lines = await history.lines({
        position: (name) => judged.has(name),
        table: baseline.result.table,
        size: night.result!.size,
        ...(branch === null ? {} : { branch }),
      });
      for (const { position, points } of lines) {
        const cell = judged.get(position)!;
        series.push({
          position,
          higherIsBetter: cell.metric.higherIsBetter,
          base: {
            value: baseCells.get(cell.id)!.value!,
            error: errorOfSeeds(baseCells.get(cell.id)!.perSeed),
          },
          nights: points.slice(
            Math.max(0, points.findLastIndex(({ changed }) => changed !== undefined)),
          )
            .filter(({ time }) => time > baseline.time).map(({ value }) => value),
        });
      }
    }
  } catch (error) {
    if (error instanceof LgdBenchError) return [];
    throw error;
  }
  return findDrift(series);
}
