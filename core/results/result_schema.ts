/**
 * `result.json`: the written form of a {@linkcode ResultFile}, its schema, and reading it back. In
 * the file each cell carries its whole row and its metric, so that one cell can be understood by
 * itself, and the file ends with a checksum over its content.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../errors.ts";
import { explainIssues } from "../explain_schema.ts";
import { hashJson } from "../files.ts";
import { resultFiguresSchema } from "./figures_schema.ts";
import { imageCountSchema, leftOutSchema } from "./left_out_schema.ts";
import type { ResultFile } from "./result.ts";
import { claimsSchema, resultCostsSchema, sweepsSchema } from "./study_result_schema.ts";

const interval = z.tuple([z.number(), z.number()]).nullable();
const text = z.string().nullable();

const errorSchema = z.strictObject({
  samples: z.number().describe(
    "Standard error by the choice of the samples, however many seeds there are",
  ),
  seeds: z.number().nullable().describe(
    "Standard error by the choice of the seeds; null with one seed",
  ),
  degrees: z.number().describe(
    "Degrees of freedom of Student's t with which both together make the interval",
  ),
}).optional().describe("The standard error that the interval is made of");

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

const metricSchema = z.strictObject({
  key: z.string(),
  title: z.string(),
  unit: z.string(),
  higherIsBetter: z.boolean(),
  decimals: z.number().int().min(0).max(10).optional(),
});

const cellSchema = z.strictObject({
  id: z.string(),
  rowId: z.string(),
  row: rowSchema,
  column: z.string(),
  metric: metricSchema,
  split: z.string(),
  task: text,
  taskVersion: z.number().int().nullable(),
  value: z.number().nullable().describe("Mean over seeds; never a number of the paper"),
  ci95: interval.describe("95 % interval over seeds and samples"),
  error: errorSchema,
  perSeed: z.array(z.number()),
  sources: z.array(z.strictObject({
    seed: z.number().int(),
    model: z.string().optional(),
    outcome: z.string().optional(),
  })).describe("Seed, and keys in the store, of each of perSeed"),
  n: z.number().int().nullable().describe("Number of icons (or images) tested"),
  paper: z.number().nullable().describe("The paper's printed number"),
  status: z.enum(["measured", "quoted", "not-run", "failed"]),
  reason: z.string().optional(),
});

/** Schema of the written `result.json`. */
export const writtenResultSchema = z.strictObject({
  schemaVersion: z.literal(2),
  project: z.strictObject({ name: z.string(), version: z.string() }),
  table: z.string(),
  title: z.string(),
  note: z.string(),
  size: z.string(),
  seeds: z.array(z.number().int()),
  configHash: z.string(),
  inputsHash: z.string().optional(),
  protocol: z.record(z.string(), z.unknown()),
  sources: z.array(z.strictObject({ id: z.string(), name: z.string(), hash: z.string() }))
    .describe("What the run read, by content"),
  environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  timings: z.strictObject({
    totalSeconds: z.number().nullable(),
    cells: z.record(z.string(), z.record(z.string(), z.number())),
  }),
  splits: z.array(z.strictObject({
    name: z.string(),
    title: z.string(),
    role: z.enum(["train", "tune", "test"]),
  })),
  columns: z.array(z.strictObject({
    id: z.string(),
    group: z.string(),
    header: z.string(),
    task: z.string(),
    metric: metricSchema,
  })),
  rows: z.array(rowSchema),
  cells: z.array(cellSchema),
  comparisons: z.array(z.strictObject({
    id: z.string(),
    label: z.string(),
    base: z.string(),
    other: z.string(),
    column: z.string(),
    split: z.string(),
    difference: z.number().nullable(),
    ci95: interval,
    error: errorSchema,
    perSeed: z.array(z.number()),
    paper: z.number().nullable(),
    power: z.strictObject({
      samplingError: z.number().describe(
        "Standard error by the choice of the samples, which more seeds leave as it is",
      ),
      seedDeviation: z.number().nullable()
        .describe("Standard deviation between seeds; null with one seed"),
      detectable: z.number().nullable()
        .describe("Smallest true difference that is seen nine times in ten"),
      seedsForPaper: z.number().int().nullable().describe(
        "Seeds with which the paper's difference is seen nine times in ten; 0: no number is enough",
      ),
    }).optional().describe("What the comparison could have seen"),
    test: z.strictObject({
      name: z.enum(["mcnemar", "sign"]).describe(
        "mcnemar: samples are right or wrong; sign: means of views and seeds are larger or smaller",
      ),
      more: z.number().int().describe("Samples on which the other row has more than the base"),
      less: z.number().int().describe("Samples on which it has less"),
      exact: z.number().describe("Two-sided p-value by the binomial distribution"),
      asymptotic: z.number().describe(
        "Two-sided p-value by the chi-squared distribution, corrected for continuity",
      ),
    }).optional().describe("Test of the samples that differ; the trainings are taken as given"),
  })),
  claims: claimsSchema.optional().describe("Claims of papers with what was found of them"),
  sweeps: sweepsSchema.optional().describe("Numbers and differences along axes"),
  costs: resultCostsSchema.optional().describe("What the models of rows cost"),
  curves: z.array(z.strictObject({
    row: z.string(),
    seed: z.number().int(),
    label: z.string(),
    steps: z.array(z.number()),
    loss: z.array(z.number()),
    parts: z.record(z.string(), z.array(z.number())),
  })),
  leftOut: leftOutSchema.describe("What took no part, with the reason and the count"),
  figures: resultFiguresSchema.optional().describe("Figures that tasks handed to the report"),
  images: z.array(imageCountSchema).optional().describe(
    "Images of each split, and how many of them were used",
  ),
  warnings: z.array(z.string()),
  credits: z.array(z.string()),
  finished: z.boolean(),
  checksum: z.string().describe("SHA-256 of everything else, as JSON with sorted keys"),
});

/** A result as `result.json` holds it. */
export type WrittenResult = z.infer<typeof writtenResultSchema>;

/** The written form of a result without its checksum. */
function writtenContent(result: ResultFile): Omit<WrittenResult, "checksum"> {
  const rows = new Map(result.rows.map((row) => [row.id, row]));
  const columns = new Map(result.columns.map((column) => [column.id, column]));
  return {
    ...result,
    cells: result.cells.map(({ row: rowId, ...cell }) => {
      const row = rows.get(rowId), column = columns.get(cell.column);
      if (row === undefined || column === undefined) {
        throw new Error(`internal: cell ${cell.id} has no row "${rowId}" or "${cell.column}"`);
      }
      return { ...cell, rowId, row, metric: column.metric };
    }),
  };
}

/** The written form of a result. */
export function toWrittenResult(result: ResultFile): WrittenResult {
  const content = writtenContent(result);
  return { ...content, checksum: hashJson(content) };
}

/** SHA-256 of a result: the checksum of its `result.json`, which reports made of it carry too. */
export function hashResult(result: ResultFile): string {
  return hashJson(writtenContent(result));
}

/** A copy without keys whose value is undefined, at any depth. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : [[key, withoutUndefined(inner)]]
    ),
  );
}

/** The result that a written form stands for. */
function fromWrittenResult({ checksum: _checksum, ...written }: WrittenResult): ResultFile {
  return withoutUndefined({
    ...written,
    cells: written.cells.map(({ rowId, row: _row, metric: _metric, ...cell }) => ({
      ...cell,
      row: rowId,
    })),
  }) as ResultFile;
}

/** Why a file of another schema version cannot be read, and what to do. */
function explainVersion(version: unknown): string {
  if (version !== 1) {
    return `schemaVersion is ${JSON.stringify(version) ?? "missing"}, expected 2`;
  }
  return "it was written by version 0.1 (schemaVersion 1, expected 2), whose numbers cannot be " +
    "paired with those of this version. Run the table again into another folder (--out), or read " +
    "this one with version 0.1";
}

/**
 * Reads the text of a `result.json`.
 *
 * @param path Named in errors.
 * @throws {DataError} where it is not JSON, another schema version, misses something, or was changed
 * after it was written.
 */
export function parseResult(json: string, path: string): ResultFile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new DataError(`Cannot read ${path}: it is not JSON (${(error as Error).message})`);
  }
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (version !== 2) throw new DataError(`Cannot read ${path}: ${explainVersion(version)}`);
  const checked = writtenResultSchema.safeParse(value);
  if (!checked.success) {
    const problems = explainIssues(checked.error, { schema: writtenResultSchema, value });
    const more = problems.length > 10 ? `\n  … and ${problems.length - 10} more` : "";
    throw new DataError(
      `Cannot read ${path}: it does not fit benchmarks/result.schema.json:\n  - ` +
        problems.slice(0, 10).join("\n  - ") + more,
    );
  }
  const { checksum, ...content } = value as WrittenResult;
  if (hashJson(content) !== checksum) {
    throw new DataError(
      `Cannot read ${path}: its content does not match its checksum, so a number may have been ` +
        "changed. Run the same command again to make it from the stored evidence",
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
