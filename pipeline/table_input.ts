/**
 * A recipe, its plan and the stored cells as the input of a table.
 *
 * @module
 */

import { hashJson } from "../core/files.ts";
import type { CellSpec } from "../core/recipe/cell.ts";
import { measuredColumns, type Plan } from "../core/recipe/plan.ts";
import type { RecipeColumn, RecipeRow, ResolvedRecipe } from "../core/recipe/recipe.ts";
import {
  aggregateVersion,
  type CellInput,
  type PaperValues,
  type SeedEvidence,
  type TableInput,
} from "../core/results/aggregate.ts";
import { accuracy, accuracyEvidence } from "../core/results/metric.ts";
import type { LossCurve, ResultFile, ResultRow, ResultSplit } from "../core/results/result.ts";
import type { StoredCell } from "../core/store/stored_cell.ts";

/** Key of the baselines' outcomes among the stored cells, and name of their folder. */
export const baselineCellId = "baselines";

/** What {@linkcode tableInput} is made of. */
export interface StoredTable {
  readonly recipe: ResolvedRecipe;
  readonly plan: Plan;
  /** Finished cells by id; the baselines under {@linkcode baselineCellId}. */
  readonly stored: ReadonlyMap<string, StoredCell>;
  /** Why a cell failed, by id. */
  readonly failures: ReadonlyMap<string, string>;
  readonly paper: PaperValues;
  /** Titles of the data sets and teachers by name, where they have one. */
  readonly titles: Readonly<Record<string, string>>;
  readonly project: ResultFile["project"];
  readonly environment: ResultFile["environment"];
  readonly credits: readonly string[];
  readonly totalSeconds: number;
  /** Put before the cells' own warnings. */
  readonly warnings: readonly string[];
}

/** SHA-256 of everything a finished table was made of: with equal ones nothing is made again. */
export function hashInputs(
  recipe: ResolvedRecipe,
  plan: Plan,
  stored: ReadonlyMap<string, StoredCell>,
): string {
  const { title, note, sizeNote, comparisons, configHash } = recipe;
  return hashJson({
    aggregateVersion,
    recipe: { title, note, sizeNote, comparisons, configHash },
    seeds: plan.seeds,
    cells: [...stored].map(([id, { checksum }]) => [id, checksum]).sort(),
  });
}

/** The name of a thing here, with the paper's before it: `IN-1k → EmojiNet-100`. */
function nameBoth(printed: string | null, here: string | null): string | null {
  if (here === null || printed === null || printed === here) return printed ?? here;
  return `${printed} → ${here}`;
}

/** What is known of a row under a column. */
function cellInput(row: RecipeRow, column: RecipeColumn, table: StoredTable): CellInput {
  const evidence = collectEvidence(row, column, table);
  if (evidence.length > 0) {
    if (row.kind !== "baseline") return { status: "measured", evidence };
    return { status: "measured", evidence, task: { name: row.baseline!, version: 1 } };
  }
  if (row.kind === "quoted") return { status: "quoted", evidence };
  const missing = (reason: string): CellInput => ({ status: "not-run", reason, evidence });
  if (!table.recipe.runRows.has(row.id)) return missing(`not part of size ${table.recipe.size}`);
  if (!measuredColumns(table.recipe, row).includes(column)) {
    return missing(row.missing ?? "not measured");
  }
  const ids = row.kind === "baseline"
    ? [baselineCellId]
    : table.plan.cells.filter(({ rowIds }) => rowIds.includes(row.id)).map(({ id }) => id);
  for (const id of ids) {
    const failure = table.failures.get(id);
    if (failure !== undefined) return { status: "failed", reason: failure, evidence };
  }
  return missing("not run yet");
}

function collectEvidence(
  row: RecipeRow,
  column: RecipeColumn,
  { recipe, plan, stored }: StoredTable,
): SeedEvidence[] {
  if (!measuredColumns(recipe, row).includes(column)) return [];
  const sources = row.kind === "baseline"
    ? [{ id: baselineCellId, seed: plan.seeds[0]! }]
    : plan.cells.filter(({ rowIds }) => rowIds.includes(row.id));
  return sources.flatMap(({ id, seed }) => {
    const outcome = stored.get(id)?.result.outcomes.find((candidate) =>
      candidate.column === column.id && (row.kind !== "baseline" || candidate.row === row.id)
    );
    if (outcome === undefined) return [];
    const bySplit = Object.fromEntries(
      Object.entries(outcome.splits).flatMap(([split, { sampleIds, hits }]) =>
        hits.length === 0 ? [] : [[split, accuracyEvidence(sampleIds, hits, 1)]]
      ),
    );
    return [{ seed, bySplit }];
  });
}

function makeRow(row: RecipeRow, input: StoredTable): ResultRow {
  const cell = input.plan.cells.find(({ rowIds }) => rowIds.includes(row.id));
  const title = (name: string | null | undefined): string | null => {
    if (name === null || name === undefined) return null;
    return input.titles[name] ?? name.replace(/^(imagefolder|file):(.*\/)?/, "");
  };
  const made = cell?.pretrain;
  return {
    id: row.id,
    block: row.block,
    method: row.method,
    teacher: nameBoth(row.teacher, title(made?.teacher)),
    student: row.student,
    data: row.data === null ? null : nameBoth(row.data, title(made?.data)),
    text: row.text === null ? null : nameBoth(row.text, title(made?.text)),
    epochs: made === undefined ? row.epochs : made.epochs === 0 ? null : made.epochs,
    kind: row.kind,
    ...(row.note === undefined ? {} : { note: row.note }),
  };
}

function makeCurves(input: StoredTable, rows: ReadonlyMap<string, ResultRow>): LossCurve[] {
  return input.plan.cells.flatMap((cell) => {
    const curve = input.stored.get(cell.id)?.result.curve;
    if (curve === null || curve === undefined) return [];
    return cell.rowIds.map((row) => ({
      ...curve,
      row,
      seed: cell.seed,
      label: describeCurve(rows.get(row)!, cell),
    }));
  });
}

function describeCurve(row: ResultRow, cell: CellSpec): string {
  const text = cell.pretrain.method === "lgd" && row.text !== null ? `, text ${row.text}` : "";
  return `${row.method} ${row.block}, ${cell.pretrain.epochs} epochs${text}`;
}

/** Numbers of one row by different seeds: cells that failed leave the others standing. */
function partialWarnings(input: StoredTable): string[] {
  return input.plan.cells.flatMap((cell) => {
    const failure = input.failures.get(cell.id);
    return failure === undefined || input.stored.has(cell.id)
      ? []
      : [`Cell ${cell.id} failed and is not in the numbers: ${failure}`];
  });
}

/** Roles of the splits of the embedded data. */
const roles: Readonly<Record<string, ResultSplit["role"]>> = { train: "train", dev: "tune" };

/** The input of the table. */
export function tableInput(table: StoredTable): TableInput {
  const { recipe, plan, stored } = table;
  const results = [...stored.entries()];
  const rows = recipe.rows.map((row) => ({
    ...makeRow(row, table),
    ...(row.paper === undefined ? {} : { paper: row.paper }),
  }));
  const skipped = new Map(
    results.flatMap(([, { result }]) => result.skippedImages).map((image) => [image.path, image]),
  );
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
    inputsHash: hashInputs(recipe, plan, stored),
    protocol: recipe.protocol,
    sources: [],
    environment: table.environment,
    timings: {
      totalSeconds: table.totalSeconds,
      cells: Object.fromEntries(results.map(([id, { result }]) => [id, result.timings])),
    },
    splits: recipe.protocol.evaluation.splits.map((name) => ({
      name,
      title: name,
      role: roles[name] ?? "test",
    })),
    columns: recipe.columns.map(({ id, group, header, task, data }) => {
      const name = recipe.protocol.data[data]!;
      return {
        id,
        group,
        header: nameBoth(header, table.titles[name] ?? name)!,
        task,
        taskVersion: taskVersionOf(id, table),
        metric: accuracy,
      };
    }),
    rows,
    comparisons: recipe.comparisons,
    paper: table.paper,
    cell: (row, column) => cellInput(findRow.get(row)!, findColumn.get(column)!, table),
    curves: makeCurves(table, new Map(rows.map((row) => [row.id, row]))),
    leftOut: [...skipped.values()].map(({ path, reason }) => ({
      what: path,
      reason,
      stage: "views",
      count: 1,
    })),
    warnings: [
      ...new Set([
        ...table.warnings,
        ...partialWarnings(table),
        ...results.flatMap(([, { result }]) => result.warnings),
      ]),
    ],
    credits: [...table.credits],
    finished: plan.cells.every(({ id }) => stored.has(id)) &&
      (plan.baselines.length === 0 || stored.has(baselineCellId)),
  };
}

/** Version of the task that measured a column; 1 where nothing did. */
function taskVersionOf(column: string, { stored }: StoredTable): number {
  for (const { result } of stored.values()) {
    const outcome = result.outcomes.find((candidate) => candidate.column === column);
    if (outcome !== undefined) return outcome.taskVersion;
  }
  return 1;
}
