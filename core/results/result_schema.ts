/**
 * `result.json`: the written form of a {@linkcode ResultFile}, its schema, and reading it back. In
 * the file each cell carries its whole row, so that one cell can be understood by itself.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../errors.ts";
import { explainIssues } from "../explain_schema.ts";
import type { ResultCell, ResultFile, ResultRow } from "./result.ts";

const interval = z.tuple([z.number(), z.number()]).nullable();
const split = z.enum(["val", "ood", "dev"]);
const text = z.string().nullable();

const rowSchema = z.strictObject({
  id: z.string(),
  block: z.string(),
  method: z.string(),
  teacher: text,
  student: text,
  data: text,
  text,
  epochs: z.number().nullable(),
  kind: z.enum(["run", "quoted", "baseline"]),
  note: z.string().optional(),
});

const cellSchema = z.strictObject({
  id: z.string(),
  rowId: z.string(),
  row: rowSchema,
  column: z.string(),
  split,
  task: text,
  taskVersion: z.number().int().nullable(),
  metric: z.string(),
  unit: z.string(),
  value: z.number().nullable().describe("Mean over seeds; never a number of the paper"),
  ci95: interval.describe("95 % interval over seeds and icons"),
  perSeed: z.array(z.number()),
  n: z.number().int().nullable().describe("Number of icons (or images) tested"),
  paper: z.number().nullable().describe("The paper's printed number"),
  status: z.enum(["measured", "quoted", "not-run", "failed"]),
  reason: z.string().optional(),
});

/** Schema of the written `result.json`. */
export const writtenResultSchema = z.strictObject({
  schemaVersion: z.literal(1),
  project: z.strictObject({ name: z.string(), version: z.string() }),
  table: z.string(),
  title: z.string(),
  note: z.string(),
  size: z.string(),
  seeds: z.array(z.number().int()),
  configHash: z.string(),
  inputsHash: z.string().optional(),
  protocol: z.record(z.string(), z.unknown()),
  environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  timings: z.strictObject({
    totalSeconds: z.number(),
    cells: z.record(z.string(), z.record(z.string(), z.number())),
  }),
  columns: z.array(z.strictObject({
    id: z.string(),
    group: z.string(),
    header: z.string(),
    task: z.string(),
    unit: z.string(),
  })),
  rows: z.array(rowSchema),
  cells: z.array(cellSchema),
  comparisons: z.array(z.strictObject({
    id: z.string(),
    label: z.string(),
    base: z.string(),
    other: z.string(),
    column: z.string(),
    split,
    difference: z.number().nullable(),
    ci95: interval,
    perSeed: z.array(z.number()),
    paper: z.number().nullable(),
  })),
  curves: z.array(z.strictObject({
    row: z.string(),
    seed: z.number().int(),
    label: z.string(),
    steps: z.array(z.number()),
    loss: z.array(z.number()),
    parts: z.record(z.string(), z.array(z.number())),
  })),
  skippedImages: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  warnings: z.array(z.string()),
  credits: z.array(z.string()),
  finished: z.boolean(),
});

/** A result as `result.json` holds it. */
export type WrittenResult = z.infer<typeof writtenResultSchema>;

/** A copy without the keys whose value is undefined. */
function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;
}

/** The written form of a result. */
export function toWrittenResult(result: ResultFile): WrittenResult {
  const rows = new Map(result.rows.map((row) => [row.id, row]));
  return {
    ...result,
    cells: result.cells.map(({ row: rowId, ...cell }) => {
      const row = rows.get(rowId);
      if (row === undefined) throw new Error(`internal: cell ${cell.id} has no row "${rowId}"`);
      return { ...cell, rowId, row };
    }),
  };
}

/** The result a written form stands for. */
function fromWrittenResult(written: WrittenResult): ResultFile {
  const { inputsHash, cells, rows, ...rest } = written;
  return {
    ...rest,
    ...(inputsHash === undefined ? {} : { inputsHash }),
    rows: rows.map((row) => withoutUndefined(row) as ResultRow),
    cells: cells.map(({ rowId, row: _row, ...cell }) =>
      withoutUndefined({ ...cell, row: rowId }) as ResultCell
    ),
  };
}

/**
 * Reads the text of a `result.json`.
 *
 * @param path Named in errors.
 * @throws {DataError} where it is no JSON, another schema version, or misses something.
 */
export function parseResult(json: string, path: string): ResultFile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new DataError(`Cannot read ${path}: it is not JSON (${(error as Error).message})`);
  }
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (version !== 1) {
    throw new DataError(
      `Cannot read ${path}: schemaVersion is ${JSON.stringify(version) ?? "missing"}, wanted 1`,
    );
  }
  const checked = writtenResultSchema.safeParse(value);
  if (!checked.success) {
    const problems = explainIssues(checked.error, { schema: writtenResultSchema, value });
    const more = problems.length > 10 ? `\n  … and ${problems.length - 10} more` : "";
    throw new DataError(
      `Cannot read ${path}: it does not fit benchmarks/result.schema.json:\n  - ` +
        problems.slice(0, 10).join("\n  - ") + more,
    );
  }
  return fromWrittenResult(checked.data);
}

/** The text of `result.json`. */
export function formatResult(result: ResultFile): string {
  return JSON.stringify(toWrittenResult(result), null, 1) + "\n";
}

/** The JSON Schema of `result.json`, as committed in `benchmarks/result.schema.json`. */
export function resultJsonSchema(): Record<string, unknown> {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "lgd-bench result",
    ...z.toJSONSchema(writtenResultSchema),
  };
}
