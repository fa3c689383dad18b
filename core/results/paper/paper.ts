/**
 * The numbers that papers print: data with their source, never results of this project.
 *
 * @module
 */

import { parse } from "yaml";
import { z } from "zod";
import { ConfigError, DataError } from "../../errors.ts";
import { packageFile, readTextIfPresent } from "../../files.ts";
import { unknownNameMessage } from "../../registry.ts";
import { paperTableSchema } from "./paper_schema.ts";

/** One column of a printed table. */
export interface PaperColumn {
  /** Unique within the table, e.g. `"zs_in1k"`. */
  readonly id: string;
  /** Heading above several columns, e.g. `"Zero-shot"`. */
  readonly group: string;
  /** Heading of this column as printed, e.g. `"IN-1k"`. */
  readonly header: string;
  /** Name of the task that measures the same here. */
  readonly task: string;
}

/** One row of a printed table. */
export interface PaperRow {
  /** Unique within the table, e.g. `"rn18-lgd-200"`. */
  readonly id: string;
  /** Group of rows: `"teacher"`, `"RN18"`, `"MNv2"`. */
  readonly block: string;
  /** Method as printed. */
  readonly method: string;
  /** Teacher as printed; null where none is. */
  readonly teacher: string | null;
  /** Student as printed; null where none is. */
  readonly student: string | null;
  /** Images of the distillation as printed; null where none are. */
  readonly data: string | null;
  /** Class names of the text bank as printed; null where none are. */
  readonly text: string | null;
  /** Epochs as printed; null where none are. */
  readonly epochs: number | null;
  /** A number, or null where the source prints none, for every column of the table. */
  readonly values: Readonly<Record<string, number | null>>;
  /** Columns that the source prints in bold. */
  readonly bold: readonly string[];
  /** What must be known to read the row. */
  readonly note?: string;
}

/** A printed number held against a second source. */
export interface PaperCrossCheck {
  /** Row of the table. */
  readonly row: string;
  /** Columns that were compared. */
  readonly columns: readonly string[];
  /** Numbers of the second source, in the order of the columns; empty where there is none. */
  readonly found: readonly number[];
  /** Whether the two agree; null where no second source was found. */
  readonly agrees: boolean | null;
  /** The second source. */
  readonly source: string | null;
  /** What differs. */
  readonly note?: string;
}

/** Differences other − base of printed numbers: arithmetic, not printed. */
export interface PaperDifference {
  /** What is compared. */
  readonly label: string;
  /** Row that is subtracted. */
  readonly base: string;
  /** Row it is subtracted from. */
  readonly other: string;
  /** Percentage points for every column that both rows have. */
  readonly values: Readonly<Record<string, number>>;
}

/** A table as a paper prints it. */
export interface PaperTable {
  /** Name here, e.g. `"table2"`. */
  readonly id: string;
  /** Title as printed. */
  readonly title: string;
  /** Why the table has the name it has here. */
  readonly numberNote: string;
  /** Unit of all numbers. */
  readonly unit: string;
  /** What the numbers measure. */
  readonly metric: string;
  /** Where the numbers were read. */
  readonly source: Readonly<
    Record<"paper" | "arxiv" | "doi" | "readFrom" | "repository" | "commit", string>
  >;
  /** Columns in printed order. */
  readonly columns: readonly PaperColumn[];
  /** Rows in printed order. */
  readonly rows: readonly PaperRow[];
  /** Comparisons with second sources. */
  readonly crossChecks: readonly PaperCrossCheck[];
  /** Differences between rows. */
  readonly derived: readonly PaperDifference[];
}

/** Names of the printed tables that are on file. */
export const paperTableNames: readonly string[] = ["table2"];

/** Value of a YAML file that fits a schema. */
async function readYaml<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readTextIfPresent(path);
  if (text === undefined) {
    throw new DataError(`Cannot read ${path}: the file is missing. Restore it from the repository`);
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`Cannot read ${path}: ${reason}`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    throw new DataError(
      `Cannot read ${path}:\n${z.prettifyError(result.error).replace(/^/gm, "  ")}`,
    );
  }
  return result.data;
}

/** Names in a list that occur twice or are not among the known ones. */
function wrongNames(names: readonly string[], known?: readonly string[]): string[] {
  return names.filter((name, index) =>
    names.indexOf(name) !== index || (known !== undefined && !known.includes(name))
  );
}

/** Everything that a schema cannot say: names that must exist, sums that must be right. */
function findInconsistencies(table: PaperTable): string[] {
  const columns = table.columns.map((column) => column.id);
  const rows = table.rows.map((row) => row.id);
  const found = wrongNames([...columns]).map((name) => `column ${name} occurs twice`);
  found.push(...wrongNames([...rows]).map((name) => `row ${name} occurs twice`));
  for (const row of table.rows) {
    const keys = Object.keys(row.values);
    if (keys.length !== columns.length || wrongNames(keys, columns).length > 0) {
      found.push(
        `row ${row.id}: expected values for ${columns.join(", ")}, got ${keys.join(", ")}`,
      );
    }
    for (const name of wrongNames(row.bold, columns)) {
      found.push(`row ${row.id} names the column ${name}`);
    }
    for (const name of row.bold) {
      if (row.values[name] === null) found.push(`row ${row.id} has ${name} bold but empty`);
    }
  }
  for (const check of table.crossChecks) {
    if (!rows.includes(check.row)) found.push(`a cross-check names the row ${check.row}`);
    for (const name of wrongNames(check.columns, columns)) {
      found.push(`the cross-check of ${check.row} names the column ${name}`);
    }
    if (check.agrees !== null && check.found.length !== check.columns.length) {
      found.push(`the cross-check of ${check.row} has ${check.found.length} numbers`);
    }
  }
  for (const difference of table.derived) found.push(...checkDifference(table, difference));
  return found;
}

/** Whether a difference is the one of its rows, to a tenth of a point. */
function checkDifference(table: PaperTable, difference: PaperDifference): string[] {
  const found: string[] = [];
  for (const [column, value] of Object.entries(difference.values)) {
    const base = paperValue(table, difference.base, column);
    const other = paperValue(table, difference.other, column);
    if (base === null || other === null || Math.abs(other - base - value) > 0.01) {
      found.push(
        `${difference.label}: ${column} is ${value}, but the rows have ${other} and ${base}`,
      );
    }
  }
  return found;
}

/**
 * A printed number; null where the source prints none or there is no such row or column.
 *
 * @param row Id of a row, e.g. `"rn18-lgd-200"`.
 * @param column Id of a column, e.g. `"zs_in1k"`.
 */
export function paperValue(table: PaperTable, row: string, column: string): number | null {
  const values = table.rows.find((candidate) => candidate.id === row)?.values ?? {};
  return Object.hasOwn(values, column) ? values[column]! : null;
}

/**
 * A printed table by its name.
 *
 * @throws {ConfigError} where there is no such table.
 * @throws {DataError} where its file is missing, damaged or contradicts itself.
 */
export async function loadPaperTable(name: string): Promise<PaperTable> {
  if (!paperTableNames.includes(name)) {
    throw new ConfigError(unknownNameMessage("paper table", name, paperTableNames));
  }
  const path = packageFile(`benchmarks/paper/${name}.yaml`);
  const table = await readYaml<PaperTable>(path, paperTableSchema as z.ZodType<PaperTable>);
  const inconsistencies = findInconsistencies(table);
  if (inconsistencies.length > 0) {
    throw new DataError(`Cannot use ${path}: ${inconsistencies.join("; ")}`);
  }
  return table;
}
