/**
 * A history as rows for other programs: CSV, JSON Lines and Parquet.
 *
 * @module
 */

import { csvField } from "../csv.ts";
import type { HistoryLine } from "./line.ts";

/** One number of one night, flat; null where something is not known. */
export interface ExportRow {
  readonly night: string;
  readonly time: string;
  readonly commit: string | null;
  readonly branch: string | null;
  readonly machine: string;
  readonly table: string;
  readonly size: string;
  readonly position: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly samples: number | null;
  readonly seeds: number | null;
  readonly title: string | null;
  readonly group: string | null;
  readonly metric: string | null;
  readonly unit: string | null;
  readonly higherIsBetter: boolean | null;
}

/** Names of the columns, in their order. */
export const exportColumns = [
  "night",
  "time",
  "commit",
  "branch",
  "machine",
  "table",
  "size",
  "position",
  "value",
  "low",
  "high",
  "samples",
  "seeds",
  "title",
  "group",
  "metric",
  "unit",
  "higherIsBetter",
] as const satisfies readonly (keyof ExportRow)[];

/** Rows of lines: by position, then by time. */
export function* exportRows(lines: Iterable<HistoryLine>): Generator<ExportRow> {
  for (const { position, table, meaning, points } of lines) {
    const { title, group, metric, unit, higherIsBetter } = meaning;
    for (const point of points) {
      yield {
        night: point.night,
        time: point.time,
        commit: point.commit ?? null,
        branch: point.branch ?? null,
        machine: point.machine,
        table,
        size: point.size,
        position,
        value: point.value,
        low: point.low ?? null,
        high: point.high ?? null,
        samples: point.samples ?? null,
        seeds: point.seeds ?? null,
        title: title ?? null,
        group: group ?? null,
        metric: metric ?? null,
        unit: unit ?? null,
        higherIsBetter: higherIsBetter ?? null,
      };
    }
  }
}

/**
 * Lines of CSV (RFC 4180, ends of lines are LF), the names of the columns first. Text that a
 * spreadsheet would take for a formula begins with an apostrophe.
 */
export function* formatCsv(rows: Iterable<ExportRow>): Generator<string> {
  yield exportColumns.join(",") + "\n";
  for (const row of rows) yield exportColumns.map((name) => csvField(row[name])).join(",") + "\n";
}

/** One JSON object a line. */
export function* formatJsonLines(rows: Iterable<ExportRow>): Generator<string> {
  for (const row of rows) yield JSON.stringify(row) + "\n";
}

/**
 * An Apache Parquet file: `time` is a timestamp in milliseconds UTC, counts are integers of 32 bits,
 * numbers are doubles. The writer is loaded only here.
 */
export async function formatParquet(rows: Iterable<ExportRow>): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const all = [...rows];
  const column = (name: keyof ExportRow) => {
    if (name === "time") {
      return { name, data: all.map((row) => new Date(row.time)), type: "TIMESTAMP" as const };
    }
    const type = name === "value" || name === "low" || name === "high"
      ? "DOUBLE" as const
      : name === "samples" || name === "seeds"
      ? "INT32" as const
      : name === "higherIsBetter"
      ? "BOOLEAN" as const
      : "STRING" as const;
    return { name, data: all.map((row) => row[name]), type };
  };
  return new Uint8Array(parquetWriteBuffer({
    columnData: exportColumns.map((name) => {
      const isRequired = ["night", "time", "machine", "table", "size", "position", "value"]
        .includes(name);
      return { ...column(name), nullable: !isRequired };
    }),
    createdBy: "lgd-bench",
  }));
}
