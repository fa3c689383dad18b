/**
 * A summary of several tables: what each needed, what it has, where its report is.
 *
 * @module
 */

import type { ResultFile } from "../core/results/result.ts";
import { countOf } from "./format.ts";

/** One table as the summary is told of it. */
export interface SummarizedTable {
  readonly table: string;
  /** Address of its report from the summary. */
  readonly report: string;
  readonly seconds: number;
  /** Absent where it could not be made. */
  readonly result?: ResultFile;
  /** Models that were trained now. */
  readonly trained?: number;
  /** Measurements that were made now. */
  readonly measured?: number;
  /** Why jobs failed, by id; of a table that could not be made, why. */
  readonly failures: readonly (readonly [id: string, reason: string])[];
}

/** Several tables, for the summary. */
export interface TablesSummary {
  readonly title: string;
  readonly size: string;
  readonly seconds: number;
  readonly tables: readonly SummarizedTable[];
}

/** What became of a table, in a word. */
export function stateOf(
  { result, failures }: SummarizedTable,
): "complete" | "incomplete" | "failed" {
  if (result === undefined) return "failed";
  return result.finished && failures.length === 0 ? "complete" : "incomplete";
}

/** Numbers of a table: how many there are, of how many rows. */
export function describeNumbers({ result }: SummarizedTable): string {
  if (result === undefined) return "none";
  const measured = result.cells.filter(({ status }) => status === "measured");
  const rows = new Set(measured.map(({ row }) => row)).size;
  return `${countOf(measured.length, "number")} in ${countOf(rows, "row")}`;
}

/** What was done for a table now. */
export function describeWork({ trained = 0, measured = 0, result }: SummarizedTable): string {
  if (result === undefined) return "nothing";
  if (trained + measured === 0) return "nothing was left";
  return `trained ${trained}, measured ${measured}`;
}

/** Whether all tables are complete, as a sentence. */
export function describeTables({ tables }: TablesSummary): string {
  const complete = tables.filter((table) => stateOf(table) === "complete").length;
  return complete === tables.length
    ? complete === 1 ? "The table is complete." : `All ${complete} tables are complete.`
    : `${complete} of ${countOf(tables.length, "table")} ${
      complete === 1 ? "is" : "are"
    } complete.`;
}
