/**
 * A recipe, its plan and what is in the store as the input of a table.
 *
 * @module
 */

import { hashJson } from "../core/files.ts";
import { tasks } from "../tasks/registry.ts";
import type { MeasureJob, TextSource, TrainSpec } from "../core/recipe/jobs.ts";
import { measuredColumns, type ModelPlan, type Plan } from "../core/recipe/plan.ts";
import type { RecipeRow } from "../core/recipe/recipe_schema.ts";
import type { ResolvedColumn, ResolvedRecipe } from "../core/recipe/resolve_recipe.ts";
import {
  aggregateVersion,
  type CellInput,
  type PaperValues,
  type SeedEvidence,
  type TableInput,
} from "../core/results/aggregate.ts";
import { type ImageCount, LeftOutLedger } from "../core/left_out.ts";
import type { ResultFigures } from "../core/results/figures.ts";
import type { Metric } from "../core/results/metric.ts";
import type {
  LossCurve,
  ResultFile,
  ResultRow,
  ResultSource,
  ResultSplit,
} from "../core/results/result.ts";
import { figuresVersion } from "./figures/request.ts";
import { claimsOf, costsOf } from "./study_input.ts";
import { isTrained } from "./stored_model.ts";
import type { StoredWork } from "./units.ts";

/** A data set, as far as a table shows it. */
export interface TableData {
  readonly title: string;
  readonly splits: readonly ResultSplit[];
}

/** What {@linkcode tableInput} is made of. */
export interface StoredTable {
  readonly recipe: ResolvedRecipe;
  readonly plan: Plan;
  readonly stored: StoredWork;
  /** Why units failed, by their ids. */
  readonly failures: ReadonlyMap<string, string>;
  readonly paper: PaperValues;
  /** Data sets by name. */
  readonly data: ReadonlyMap<string, TableData>;
  /** Metrics and version of each task, by name. */
  readonly tasks: ReadonlyMap<
    string,
    { readonly version: number; readonly metrics: readonly Metric[] }
  >;
  /** What the run read. */
  readonly sources: readonly ResultSource[];
  readonly project: ResultFile["project"];
  readonly environment: ResultFile["environment"];
  readonly credits: readonly string[];
  /** Null where it is not known. */
  readonly totalSeconds: number | null;
  /** Figures that tasks handed to the report. */
  readonly figures?: ResultFigures | undefined;
  /** Put before the jobs' own warnings. */
  readonly warnings: readonly string[];
}

/** What {@linkcode hashInputs} is made of. */
export type TableInputs =
  & Pick<StoredTable, "recipe" | "plan" | "stored">
  & Pick<StoredTable, "paper" | "data" | "tasks" | "sources" | "credits">;

/**
 * SHA-256 of everything a finished table was made of, its printed numbers, titles and credits too:
 * with equal ones nothing is made again.
 */
export function hashInputs(inputs: TableInputs): string {
  const { recipe, plan, stored, paper, data, tasks, sources, credits } = inputs;
  const { title, note, sizeNote, comparisons, figures, configHash } = recipe;
  const { claims, sweeps, costs = null } = recipe;
  return hashJson({
    aggregateVersion,
    recipe: { title, note, sizeNote, comparisons, claims, sweeps, costs, configHash },
    ...(figures.length === 0 ? {} : { figures, figuresVersion }),
    seeds: plan.seeds,
    models: [...stored.models.keys()].sort(),
    outcomes: [...stored.outcomes].map(([key, { entry }]) => [
      key,
      Object.values(entry.files).map(({ sha256 }) => sha256),
    ]).sort(),
    paper,
    data: [...data],
    tasks: [...tasks].map(([name, { version, metrics }]) => [
      name,
      version,
      metrics.map(({ value: _code, ...shown }) => shown),
    ]),
    sources,
    credits,
  });
}

/** The name of a thing here, with the paper's before it: `IN-1k → EmojiNet-100`. */
function nameBoth(printed: string | null, here: string | null): string | null {
  if (here === null || printed === null || printed === here) return printed ?? here;
  return `${printed} → ${here}`;
}

/** Models of a row, one per seed. */
function modelsOf(row: RecipeRow, { plan }: StoredTable): ModelPlan[] {
  return plan.models.filter(({ id, train }) => train?.rowIds.includes(row.id) ?? id === row.id);
}

/** The measurement that fills a row under a column with one seed. */
function measureOf(model: ModelPlan, row: string, column: string): MeasureJob | undefined {
  return model.measures.find(({ columns }) =>
    columns.some((place) => place.row === row && place.column === column)
  );
}

function collectEvidence(row: RecipeRow, column: string, table: StoredTable): SeedEvidence[] {
  return modelsOf(row, table).flatMap((model) => {
    const job = measureOf(model, row.id, column);
    const found = job && table.stored.outcomes.get(job.key);
    if (found === undefined) return [];
    return [{
      seed: job!.seed,
      ...(model.train === null ? {} : { model: model.train.key }),
      outcome: job!.key,
      bySplit: found.outcome.splits,
    }];
  });
}

/** What is known of a row under a column. */
function cellInput(row: RecipeRow, column: ResolvedColumn, table: StoredTable): CellInput {
  const evidence = collectEvidence(row, column.id, table);
  if (evidence.length > 0) {
    if (row.baseline === undefined) return { status: "measured", evidence };
    const { version } = table.tasks.get(row.baseline)!;
    return { status: "measured", evidence, task: { name: row.baseline, version } };
  }
  if (row.kind === "quoted") return { status: "quoted", evidence };
  const missing = (reason: string): CellInput => ({ status: "not-run", reason, evidence });
  if (!table.recipe.runRows.has(row.id)) return missing(`not part of size ${table.recipe.size}`);
  if (!measuredColumns(table.recipe, row).includes(column)) {
    return missing(row.missing ?? "not measured");
  }
  for (const model of modelsOf(row, table)) {
    const failure = table.failures.get(model.id) ??
      table.failures.get(measureOf(model, row.id, column.id)?.id ?? model.id);
    if (failure !== undefined) return { status: "failed", reason: failure, evidence };
  }
  return missing("not run yet");
}

/** What a row's text bank is built from, for the reader. */
function textName(text: TextSource | null, title: (name: string) => string | null): string | null {
  if (text === null) return null;
  if ("union" in text) return text.union.map((part) => textName(part, title)).join(" + ");
  if ("names" in text) return `${text.names.length} names`;
  const name = title("task" in text ? text.data : text.file);
  return typeof text.count === "number" ? `${text.count} of ${name}` : name;
}

function makeRow(row: RecipeRow, table: StoredTable): ResultRow {
  const title = (name: string | null | undefined): string | null => {
    if (name === null || name === undefined) return null;
    return table.data.get(name)?.title ?? name.replace(/^([a-z]+:)?(.*\/)?/, "");
  };
  const made = table.recipe.runRows.has(row.id) ? table.recipe.specs.get(row.id) : undefined;
  return {
    id: row.id,
    block: row.block,
    method: row.method,
    teacher: nameBoth(row.teacher, title(made?.teacher)),
    student: row.student,
    data: row.data === null ? null : nameBoth(row.data, title(made?.data)),
    text: row.text === null
      ? null
      : nameBoth(row.text, made === undefined ? null : textName(made.text, title)),
    // A teacher is no student, also where it is trained here.
    epochs: made === undefined || row.pretrain?.method === null
      ? row.epochs
      : made.epochs === 0
      ? null
      : made.epochs,
    kind: row.kind,
    ...(row.note === undefined ? {} : { note: row.note }),
  };
}

function makeCurves(table: StoredTable, rows: ReadonlyMap<string, ResultRow>): LossCurve[] {
  return table.plan.models.flatMap(({ train }) => {
    const info = isTrained(train) ? table.stored.models.get(train.key)?.info : undefined;
    if (info === undefined || info.steps === 0) return [];
    const { steps, loss, parts } = info.curve;
    return train!.rowIds.map((row) => ({
      row,
      seed: train!.seed,
      label: describeCurve(rows.get(row)!, train!.spec),
      steps: [...steps],
      loss: [...loss],
      parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, [...part]])),
    }));
  });
}

function describeCurve(row: ResultRow, spec: TrainSpec): string {
  const text = spec.text !== null && row.text !== null ? `, text ${row.text}` : "";
  return `${row.method} ${row.block}, ${spec.epochs} epochs${text}`;
}

/** Numbers of one row by different seeds: units that failed leave the others standing. */
function partialWarnings({ failures }: StoredTable): string[] {
  return [...failures].map(([id, failure]) => `${id} failed and is not in the numbers: ${failure}`);
}

/** Seconds of each training and measurement, by model and column. */
function timingsOf({ plan, stored }: StoredTable): Record<string, Record<string, number>> {
  return Object.fromEntries(plan.models.flatMap(({ id, train, measures }) => {
    const seconds: Record<string, number> = {};
    const model = isTrained(train) ? stored.models.get(train.key) : undefined;
    if (model !== undefined) seconds["train"] = model.info.seconds;
    for (const { key, columns } of measures) {
      const found = stored.outcomes.get(key);
      if (found !== undefined) seconds[columns[0]!.column] = found.outcome.seconds;
    }
    return Object.keys(seconds).length === 0 ? [] : [[id, seconds]];
  }));
}

/** Everything that took no part, once, and the images of each split. */
function leftOutOf({ plan, stored }: StoredTable): Pick<TableInput, "leftOut" | "images"> {
  const ledger = new LeftOutLedger();
  const images = new Map<string, ImageCount>();
  const count = (own: ImageCount) => {
    const key = JSON.stringify([own.data, own.split]);
    const known = images.get(key);
    // Fresh views meet damaged images as they come: the fewest that were used are a fair count.
    if (known === undefined || own.used < known.used) images.set(key, own);
  };
  for (const { train, measures } of plan.models) {
    const model = isTrained(train) ? stored.models.get(train.key) : undefined;
    if (model !== undefined) {
      ledger.merge(model.info.leftOut);
      count(model.info.images);
    }
    for (const { key } of measures) {
      const outcome = stored.outcomes.get(key)?.outcome;
      if (outcome === undefined) continue;
      ledger.merge(outcome.leftOut);
      outcome.images.forEach(count);
    }
  }
  return { leftOut: ledger.entries, images: [...images.values()] };
}

/** The splits that a table prints, those that are reported first in front. */
function splitsOfTable({ recipe, data }: StoredTable): ResultSplit[] {
  const named = recipe.protocol.evaluation.splits.flatMap((name): ResultSplit[] => {
    const found = [...data.values()].flatMap(({ splits }) =>
      splits.filter((split) => split.name === name)
    );
    if (found.length === 0) return [];
    // Data sets may call different things by one name; columns share its place in the table.
    const title = [...new Set(found.map(({ title }) => title))].join(", or ");
    return [{ name, title, role: found[0]!.role }];
  });
  const order: Record<ResultSplit["role"], number> = { test: 0, tune: 1, train: 2 };
  return named.sort((a, b) => order[a.role] - order[b.role]);
}

/** Whether everything of a plan is there. */
export function isFinished({ plan, stored }: Pick<StoredTable, "plan" | "stored">): boolean {
  return plan.models.every(({ train, measures }) =>
    // A teacher that no row shows may be gone when its students are there.
    (!isTrained(train) || train.rowIds.length === 0 || stored.models.has(train.key)) &&
    measures.every(({ key }) => stored.outcomes.has(key))
  );
}

/** The input of the table. */
export function tableInput(table: StoredTable): TableInput {
  const { recipe, plan, stored } = table;
  const rows = recipe.rows.map((row) => ({
    ...makeRow(row, table),
    ...(row.paper === undefined ? {} : { paper: row.paper }),
  }));
  const findRow = new Map(recipe.rows.map((row) => [row.id, row]));
  const findColumn = new Map(recipe.columns.map((column) => [column.id, column]));
  return {
    project: table.project,
    table: recipe.table,
    title: recipe.title,
    note: recipe.sizeNote === "" ? recipe.note : `${recipe.note} ${recipe.sizeNote}`,
    size: recipe.size,
    seeds: [...plan.seeds],
    configHash: recipe.configHash,
    inputsHash: hashInputs(table),
    protocol: { ...recipe.protocol },
    sources: [...table.sources],
    environment: table.environment,
    describeTask: (name) => tasks.describe(name),
    timings: { totalSeconds: table.totalSeconds, cells: timingsOf(table) },
    splits: splitsOfTable(table),
    columns: recipe.columns.map(({ id, group, header, task, data, metric }) => {
      const name = recipe.protocol.data[data]!;
      const { version, metrics } = table.tasks.get(task)!;
      return {
        id,
        group,
        header: nameBoth(header, table.data.get(name)?.title ?? name)!,
        task,
        taskVersion: version,
        metric: metrics.find(({ key }) => key === metric)!,
      };
    }),
    rows,
    comparisons: recipe.comparisons,
    claims: claimsOf(table),
    sweeps: recipe.sweeps,
    ...costsOf(table),
    paper: table.paper,
    cell: (row, column) => cellInput(findRow.get(row)!, findColumn.get(column)!, table),
    curves: makeCurves(table, new Map(rows.map((row) => [row.id, row]))),
    ...leftOutOf(table),
    ...(table.figures === undefined ? {} : { figures: table.figures }),
    warnings: [
      ...new Set([
        ...table.warnings,
        ...partialWarnings(table),
        ...[...stored.models.values()].flatMap(({ info }) => info.warnings),
        ...[...stored.outcomes.values()].flatMap(({ outcome }) => outcome.warnings),
      ]),
    ],
    credits: [...table.credits],
    finished: isFinished(table),
  };
}
