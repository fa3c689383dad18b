/**
 * The history of nightly benchmarks: what every number was, night by night, and when it moved.
 *
 * @example Two nights, and the line of a number
 * ```ts
 * import assert from "node:assert/strict";
 * import { makeNight, openHistory } from "@lgd-bench/lgd-bench/history";
 *
 * const folder = await Deno.makeTempDir();
 * using history = await openHistory(`${folder}/history.sqlite`);
 * const night = (time: string, value: number) =>
 *   makeNight({
 *     time,
 *     machine: "any",
 *     table: "table2",
 *     size: "mini",
 *     numbers: [{ position: "table2/rn18-lgd/zs/val", value }],
 *   });
 * await history.add(night("2026-01-01T02:00:00Z", 41.5));
 * await history.add(night("2026-01-02T02:00:00Z", 41.7));
 * const points = await history.series("table2/rn18-lgd/zs/val");
 * assert.deepEqual(points.map(({ value }) => value), [41.5, 41.7]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @module
 */

export { type ChangePoint, type ChangePointOptions, changePoints } from "./change_points.ts";
export {
  exportColumns,
  type ExportRow,
  exportRows,
  formatCsv,
  formatJsonLines,
  formatParquet,
} from "./export.ts";
export {
  type AddOptions,
  History,
  type NightSummary,
  openHistory,
  type OpenHistoryOptions,
} from "./history.ts";
export { ClockError } from "./history_errors.ts";
export { historySchemaVersion } from "./history_file.ts";
export type { HistoryLine, LineFilter, SeriesPoint } from "./line.ts";
export { machineClass } from "./machine_class.ts";
export { type Move, movesOfLine } from "./moves.ts";
export {
  type Basis,
  makeNight,
  type NightNumber,
  type NightRecord,
  type NumberMeaning,
} from "./night_record.ts";
export {
  type Bench,
  type BenchCase,
  type BenchRatio,
  type BenchRun,
  type NightContext,
  nightOfBench,
  nightOfResult,
} from "./night_of_result.ts";
