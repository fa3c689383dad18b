/**
 * Evidence becomes the table: means, intervals, differences and why a number is missing. Nothing here
 * knows where rows, columns and evidence come from.
 *
 * @module
 */

import { TaskError, UndefinedMetricError } from "../errors.ts";
import { judgeClaims, type TableClaim } from "./claims.ts";
import type { Evidence } from "./evidence.ts";
import type { Metric } from "./metric.ts";
import { pairedTest } from "./paired_samples.ts";
import type {
  CellSource,
  ResultCell,
  ResultColumn,
  ResultComparison,
  ResultFile,
  ResultRow,
  ResultSplit,
} from "./result.ts";
import { differencePower } from "./power.ts";
import {
  haveSameSamples,
  type MetricDifference,
  metricDifference,
  type MetricInterval,
  metricInterval,
} from "./statistics.ts";
import { fillSweeps, type FindEvidence, type TableSweep } from "./sweeps.ts";

/**
 * Part of the hash of a table's inputs: raised when the same evidence would give another
 * `result.json`.
 */
export const aggregateVersion = 5;

/** Printed numbers by row and column; null where the paper prints none. */
export type PaperValues = Readonly<Record<string, Readonly<Record<string, number | null>>>>;

/** A row to be filled. */
export interface TableRowInput extends ResultRow {
  /** Row of {@linkcode TableInput.paper} with its printed numbers. @default {`id`} */
  paper?: string;
}

/** A column to be filled. */
export interface TableColumn extends Omit<ResultColumn, "metric"> {
  /** Version of the task. */
  readonly taskVersion: number;
  /** The metric of the task that the column shows. */
  readonly metric: Metric;
}

/** What one seed of one row gave under one column. */
export interface SeedEvidence extends CellSource {
  /** Evidence by the name of the split. */
  readonly bySplit: Readonly<Record<string, Evidence>>;
}

/** Everything about one row under one column. */
export interface CellInput {
  /** `measured` where there is evidence of at least one seed. */
  readonly status: ResultCell["status"];
  /** Why nothing was measured, for the reader. */
  readonly reason?: string;
  /** Task that measured this row, where it is not the column's: a baseline has one of its own. */
  readonly task?: { readonly name: string; readonly version: number };
  /** One entry per seed that has been measured. */
  readonly evidence: readonly SeedEvidence[];
}

/** Two rows that are compared. */
export interface TableComparison {
  /** What is compared, e.g. `"LGD − SEED, RN18"`. */
  readonly label: string;
  /** Id of the row that is subtracted. */
  readonly base: string;
  /** Id of the row that is subtracted from. */
  readonly other: string;
  /** Ids of the columns; all where absent. */
  readonly columns?: readonly string[] | undefined;
}

/** What {@linkcode aggregate} makes a table of. */
export interface TableInput extends
  Omit<
    ResultFile,
    | "schemaVersion"
    | "rows"
    | "columns"
    | "splits"
    | "cells"
    | "comparisons"
    | "claims"
    | "sweeps"
  > {
  readonly rows: readonly TableRowInput[];
  readonly columns: readonly TableColumn[];
  /** Splits to print, those that are reported first in front. */
  readonly splits: readonly ResultSplit[];
  readonly comparisons: readonly TableComparison[];
  /** Claims that are judged by the comparisons. */
  readonly claims?: readonly TableClaim[];
  /** Sweeps, whose rows are among the rows. */
  readonly sweeps?: readonly TableSweep[];
  /** A task for messages, with the plug-in that brings it. @default {`task "NAME"`} */
  readonly describeTask?: (name: string) => string;
  /** Printed numbers of the paper. */
  readonly paper: PaperValues;
  /** What is known of a row under a column. */
  cell(row: string, column: string): CellInput;
}

/** Evidence of one number: the seeds that have the split, all with the same samples. */
interface Measurement {
  readonly seeds: readonly SeedEvidence[];
  readonly evidence: readonly Evidence[];
}

/** The evidence of a row under a column on one split. */
function collect(
  { evidence }: CellInput,
  split: string,
  place: string,
): Measurement | undefined {
  const seeds = evidence.filter(({ bySplit }) => bySplit[split] !== undefined);
  if (seeds.length === 0) return undefined;
  const found = seeds.map(({ bySplit }) => bySplit[split]!);
  for (const [index, other] of found.entries()) {
    if (haveSameSamples(found[0]!, other)) continue;
    throw new TaskError(
      `Cannot fill ${place}: seeds ${seeds[0]!.seed} and ${seeds[index]!.seed} were measured on ` +
        "different samples; measure both again on the same data",
    );
  }
  return { seeds, evidence: found };
}

/** A task as messages name it. */
function describeTask(input: TableInput, name: string): string {
  return input.describeTask?.(name) ?? `task "${name}"`;
}

/** The number printed for a row under a column, or null. */
function printedNumber(input: TableInput, row: string, column: string): number | null {
  const source = input.rows.find(({ id }) => id === row)?.paper ?? row;
  return input.paper[source]?.[column] ?? null;
}

/** The reason that an error of evidence or of a metric gives; anything else is thrown on. */
function reasonOf(error: unknown): string {
  if (error instanceof TaskError) return error.message;
  throw error;
}

/** Tells of an interval that is not over all resamples. */
function warnOfResamples(
  place: string,
  title: string,
  { undefinedResamples }: { readonly undefinedResamples?: number },
  warnings: string[],
): void {
  if (undefinedResamples === undefined) return;
  warnings.push(
    `${place}: ${title} has no finite value in ${undefinedResamples} of the resamples; the interval ` +
      "is that of the others",
  );
}

function makeCells(
  row: TableRowInput,
  column: TableColumn,
  input: TableInput,
  warnings: string[],
): ResultCell[] {
  const cell = input.cell(row.id, column.id);
  const paper = printedNumber(input, row.id, column.id);
  const isMeasured = cell.evidence.length > 0;
  const { name: task, version: taskVersion } = cell.task ??
    { name: column.task, version: column.taskVersion };
  const unprinted = cell.status === "quoted" && paper === null;
  const status = unprinted ? "not-run" : cell.status;
  const reason = unprinted ? "not available: the paper prints no number here" : cell.reason;
  // Nothing will ever be measured there: one cell carries the printed number and the reason.
  const shown = isMeasured || status === "failed" ? input.splits : input.splits.slice(0, 1);
  return shown.map(({ name: split }): ResultCell => {
    const empty: ResultCell = {
      id: `${row.id}.${column.id}.${split}`,
      row: row.id,
      column: column.id,
      split,
      task: null,
      taskVersion: null,
      value: null,
      ci95: null,
      perSeed: [],
      sources: [],
      n: null,
      paper,
      status,
      ...(reason === undefined ? {} : { reason }),
    };
    if (!isMeasured) return empty;
    const failed = (error: unknown): ResultCell => ({
      ...empty,
      status: "failed",
      reason: reasonOf(error),
    });
    let measurement: Measurement | undefined;
    try {
      measurement = collect(cell, split, empty.id);
    } catch (error) {
      return failed(error);
    }
    if (measurement === undefined) {
      return { ...empty, status: "not-run", reason: `the data have no split ${split}` };
    }
    let interval: MetricInterval;
    try {
      interval = metricInterval(column.metric, measurement.evidence, {
        owner: `${describeTask(input, task)} in ${empty.id}`,
      });
    } catch (error) {
      if (error instanceof UndefinedMetricError) {
        return { ...empty, status: "not-run", reason: error.message };
      }
      return failed(error);
    }
    warnOfResamples(empty.id, column.metric.title, interval, warnings);
    const { reason: _reason, ...rest } = empty;
    const { undefinedResamples: _undefined, ci95, error, ...numbers } = interval;
    return {
      ...rest,
      task,
      taskVersion,
      ...numbers,
      // One sample says nothing of others.
      ...(interval.n === 1 ? { ci95: null } : { ci95, error }),
      sources: measurement.seeds.map(({ seed, model, outcome }) => ({
        seed,
        ...(model === undefined ? {} : { model }),
        ...(outcome === undefined ? {} : { outcome }),
      })),
      status: "measured",
    };
  });
}

/** What is known of a difference; nulls where there is none. */
type Difference = Pick<
  ResultComparison,
  "difference" | "ci95" | "error" | "perSeed" | "power" | "test"
>;

const noDifference: Difference = { difference: null, ci95: null, perSeed: [] };

/**
 * The difference over the seeds that both sides have.
 *
 * @throws {TaskError} where the sides have different samples, or the metric no finite difference.
 */
function compareMeasured(
  input: TableInput,
  { base, other }: TableComparison,
  column: TableColumn,
  split: string,
  { paper, onInterval }: {
    readonly paper: number | null;
    readonly onInterval: (interval: MetricDifference) => void;
  },
): Difference {
  const find = (row: string) =>
    collect(input.cell(row, column.id), split, `${row}.${column.id}.${split}`);
  const from = find(base), to = find(other);
  const pairs = from?.seeds.flatMap(({ seed }, index) => {
    const match = to?.seeds.findIndex((entry) => entry.seed === seed) ?? -1;
    return match < 0 ? [] : [[from.evidence[index]!, to!.evidence[match]!] as const];
  }) ?? [];
  if (pairs.length === 0) return { ...noDifference };
  const bases = pairs.map(([one]) => one), others = pairs.map(([, two]) => two);
  const interval = metricDifference(
    column.metric,
    bases,
    others,
    { owner: `${describeTask(input, column.task)} in column ${column.id}` },
  );
  onInterval(interval);
  const { difference, ci95, error, perSeed, n } = interval;
  // As of a number: one sample says nothing of others.
  if (n === 1) return { difference, ci95: null, perSeed };
  const power = differencePower(interval, { paper });
  const test = pairedTest(column.metric, bases, others);
  return { difference, ci95, error, perSeed, power, ...(test === undefined ? {} : { test }) };
}

function makeComparisons(
  input: TableInput,
  cells: readonly ResultCell[],
  warnings: string[],
): ResultComparison[] {
  const measured = new Set(
    cells.filter(({ status }) => status === "measured")
      .map(({ row, column, split }) => JSON.stringify([row, column, split])),
  );
  return input.comparisons.flatMap((comparison) => {
    const { label, base, other } = comparison;
    const chosen = input.columns.filter(({ id }) => comparison.columns?.includes(id) ?? true);
    return chosen.flatMap((column) => {
      const printedBase = printedNumber(input, base, column.id);
      const printedOther = printedNumber(input, other, column.id);
      // The difference must show no more decimals than the paper prints.
      const factor = 10 ** (column.metric.decimals ?? 1);
      const paper = printedBase === null || printedOther === null
        ? null
        : Math.round(factor * (printedOther - printedBase)) / factor;
      return input.splits.map(({ name: split }) => {
        const id = `${other}-minus-${base}.${column.id}.${split}`;
        let found = noDifference;
        // A cell without a number says why; the difference needs no reason of its own.
        const both = [base, other].every((row) =>
          measured.has(JSON.stringify([row, column.id, split]))
        );
        try {
          if (both) {
            found = compareMeasured(
              input,
              comparison,
              column,
              split,
              {
                paper,
                onInterval: (interval) =>
                  warnOfResamples(id, column.metric.title, interval, warnings),
              },
            );
          }
        } catch (error) {
          warnings.push(`No difference ${label} in column ${column.id}: ${reasonOf(error)}`);
        }
        return { id, label, base, other, column: column.id, split, ...found, paper };
      });
    });
  });
}

/** Evidence of rows under columns, where its seeds have the same samples. */
function findEvidence(input: TableInput): FindEvidence {
  return (row, column, split) => {
    try {
      const found = collect(input.cell(row, column), split, `${row}.${column}.${split}`);
      return found && new Map(found.seeds.map(({ seed }, index) => [seed, found.evidence[index]!]));
    } catch (error) {
      // The cell itself says why.
      if (error instanceof TaskError) return undefined;
      throw error;
    }
  };
}

/**
 * Makes a table of evidence. Where a metric is not finite or throws, or the seeds of one number differ
 * in their samples, that cell alone is `failed` with the reason; a difference that cannot be made is
 * null, with a warning.
 */
export function aggregate(input: TableInput): ResultFile {
  const { cell: _cell, paper: _paper, describeTask: _describe, claims = [], ...more } = input;
  const { sweeps: asked = [], ...rest } = more;
  const warnings: string[] = [];
  const cells = input.rows.flatMap((row) =>
    input.columns.flatMap((column) => makeCells(row, column, input, warnings))
  );
  const comparisons = makeComparisons(input, cells, warnings);
  const judged = judgeClaims(claims, { ...input, comparisons });
  const sweeps = fillSweeps(asked, {
    splits: input.splits,
    columns: input.columns,
    evidence: findEvidence(input),
    warn: (message) => warnings.push(message),
  });
  return {
    schemaVersion: 2,
    ...rest,
    splits: [...input.splits],
    columns: input.columns.map(({ id, group, header, task, metric }) => {
      const { key, title, unit, higherIsBetter, decimals } = metric;
      return {
        id,
        group,
        header,
        task,
        metric: {
          key,
          title,
          unit,
          higherIsBetter,
          ...(decimals === undefined ? {} : { decimals }),
        },
      };
    }),
    rows: input.rows.map(({ paper: _printed, ...row }) => row),
    cells,
    comparisons,
    ...(judged.length === 0 ? {} : { claims: judged }),
    ...(sweeps.length === 0 ? {} : { sweeps }),
    warnings: [...new Set([...input.warnings, ...warnings])],
  };
}
