/**
 * Outcomes of cells become the table: means, intervals, differences and why a number is missing.
 *
 * @module
 */

import { hashJson } from "../files.ts";
import type { CellResult, CellSpec, TaskOutcome } from "../recipe/cell.ts";
import { measuredColumns, type Plan } from "../recipe/plan.ts";
import type { RecipeColumn, RecipeRow, ResolvedRecipe } from "../recipe/recipe.ts";
import type { LossCurve, ResultCell, ResultComparison, ResultFile, ResultRow } from "./result.ts";
import { clusterInterval, pairedDifference } from "./statistics.ts";
import type { StoredCell } from "../store/stored_cell.ts";

/** Part of `inputsHash`: raised when the same outcomes would give another `result.json`. */
const aggregateVersion = 1;

/** Key of the baselines' outcomes among the stored cells, and name of their folder. */
export const baselineCellId = "baselines";

/** Printed numbers by row and column; null where the paper prints none. */
export type PaperValues = Readonly<Record<string, Readonly<Record<string, number | null>>>>;

/** What {@linkcode aggregate} makes a table of. */
export interface AggregateInput {
  /** The recipe. */
  readonly recipe: ResolvedRecipe;
  /** Its plan. */
  readonly plan: Plan;
  /** Finished cells by id; the baselines under {@linkcode baselineCellId}. */
  readonly stored: ReadonlyMap<string, StoredCell>;
  /** Why a cell failed, by id. */
  readonly failures: ReadonlyMap<string, string>;
  /** The paper's numbers. */
  readonly paper: PaperValues;
  /** Titles of the data sets and teachers by name, where they have one. */
  readonly titles: Readonly<Record<string, string>>;
  /** Copied into the result. */
  readonly project: ResultFile["project"];
  /** Copied into the result. */
  readonly environment: ResultFile["environment"];
  /** Copied into the result. */
  readonly credits: readonly string[];
  /** Seconds the run took in all. */
  readonly totalSeconds: number;
  /** Put before the cells' own warnings. */
  readonly warnings: readonly string[];
}

/** SHA-256 of everything a finished table was made of: with equal ones nothing is made anew. */
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

type Split = ResultCell["split"];

/** One column of one row: hit fractions by split, then seed. */
interface Measurement {
  readonly outcome: TaskOutcome;
  readonly bySplit: Map<Split, { seeds: number[]; hits: Float64Array[]; sampleIds: string[] }>;
}

/** The name of a thing here, with the paper's before it: `IN-1k → EmojiNet-100`. */
function nameBoth(printed: string | null, here: string | null): string | null {
  if (here === null || printed === null || printed === here) return printed ?? here;
  return `${printed} → ${here}`;
}

/** Why a row of the recipe and its cells give no number. */
function explainMissing(
  row: RecipeRow,
  column: RecipeColumn,
  input: AggregateInput,
  paper: number | null,
): Pick<ResultCell, "status" | "reason"> {
  if (row.kind === "quoted") {
    return paper === null
      ? { status: "not-run", reason: "not available: the paper prints no number here" }
      : { status: "quoted" };
  }
  if (!input.recipe.runRows.has(row.id)) {
    return { status: "not-run", reason: `not part of size ${input.recipe.size}` };
  }
  if (!measuredColumns(input.recipe, row).includes(column)) {
    return { status: "not-run", reason: row.missing ?? "not measured" };
  }
  const ids = row.kind === "baseline"
    ? [baselineCellId]
    : input.plan.cells.filter(({ rowIds }) => rowIds.includes(row.id)).map(({ id }) => id);
  for (const id of ids) {
    const failure = input.failures.get(id);
    if (failure !== undefined) return { status: "failed", reason: failure };
  }
  return { status: "not-run", reason: "not run yet" };
}

/** Gathers the outcomes of a row's cells by column. */
function collectRow(row: RecipeRow, input: AggregateInput): Map<string, Measurement> {
  const sources: { seed: number; result: CellResult }[] = [];
  if (row.kind === "baseline") {
    const entry = input.stored.get(baselineCellId);
    if (entry !== undefined) sources.push({ seed: input.plan.seeds[0]!, result: entry.result });
  } else {
    for (const cell of input.plan.cells) {
      const entry = cell.rowIds.includes(row.id) ? input.stored.get(cell.id) : undefined;
      if (entry !== undefined) sources.push({ seed: cell.seed, result: entry.result });
    }
  }
  const columns = new Set(measuredColumns(input.recipe, row).map(({ id }) => id));
  const measurements = new Map<string, Measurement>();
  for (const { seed, result } of sources) {
    for (const outcome of result.outcomes) {
      if (!columns.has(outcome.column)) continue;
      if (row.kind === "baseline" && outcome.row !== row.id) continue;
      const measurement = measurements.get(outcome.column) ?? { outcome, bySplit: new Map() };
      measurements.set(outcome.column, measurement);
      for (const [name, { sampleIds, hits }] of Object.entries(outcome.splits)) {
        const split = name as Split;
        if (hits.length === 0) continue;
        const entry = measurement.bySplit.get(split) ?? { seeds: [], hits: [], sampleIds };
        if (entry.sampleIds.join("\n") !== sampleIds.join("\n")) {
          throw new Error(
            `internal: seeds of ${row.id}, ${outcome.column}, ${split} differ in samples`,
          );
        }
        entry.seeds.push(seed);
        entry.hits.push(Float64Array.from(hits));
        measurement.bySplit.set(split, entry);
      }
    }
  }
  return measurements;
}

function makeRow(row: RecipeRow, input: AggregateInput): ResultRow {
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

function makeCells(
  row: RecipeRow,
  column: RecipeColumn,
  measurement: Measurement | undefined,
  input: AggregateInput,
): ResultCell[] {
  const paper = input.paper[row.paper ?? row.id]?.[column.id] ?? null;
  const { splits } = input.recipe.protocol.evaluation;
  const missing = explainMissing(row, column, input, paper);
  // Nothing will ever be measured there: one cell carries the printed number and the reason.
  const shown = measurement === undefined && missing.status !== "failed"
    ? splits.slice(0, 1)
    : splits;
  return shown.map((split) => {
    const entry = measurement?.bySplit.get(split);
    const empty: ResultCell = {
      id: `${row.id}.${column.id}.${split}`,
      row: row.id,
      column: column.id,
      split,
      task: null,
      taskVersion: null,
      metric: measurement?.outcome.metric ?? column.metric,
      unit: column.unit,
      value: null,
      ci95: null,
      perSeed: [],
      n: null,
      paper,
      ...missing,
    };
    if (measurement === undefined) return empty;
    if (entry === undefined) {
      return { ...empty, status: "not-run", reason: `the data have no split ${split}` };
    }
    const { reason: _reason, ...rest } = empty;
    return {
      ...rest,
      task: measurement.outcome.task,
      taskVersion: measurement.outcome.taskVersion,
      ...clusterInterval(entry.hits),
      status: "measured",
    };
  });
}

function makeComparisons(
  input: AggregateInput,
  measurements: ReadonlyMap<string, ReadonlyMap<string, Measurement>>,
): ResultComparison[] {
  const { recipe } = input;
  const rows = new Map(recipe.rows.map((row) => [row.id, row]));
  return recipe.comparisons.flatMap(({ label, base, other, columns }) =>
    recipe.columns.filter(({ id }) => columns?.includes(id) ?? true).flatMap((column) => {
      const printed = (id: string) => input.paper[rows.get(id)?.paper ?? id]?.[column.id] ?? null;
      const [paperBase, paperOther] = [printed(base), printed(other)];
      const paper = paperBase === null || paperOther === null
        ? null
        // The paper prints one decimal; the difference must not show more.
        : Math.round(10 * (paperOther - paperBase)) / 10;
      return recipe.protocol.evaluation.splits.map((split) => ({
        id: `${other}-minus-${base}.${column.id}.${split}`,
        label,
        base,
        other,
        column: column.id,
        split,
        ...compareMeasured(
          measurements.get(base)?.get(column.id)?.bySplit.get(split),
          measurements.get(other)?.get(column.id)?.bySplit.get(split),
        ),
        paper,
      }));
    })
  );
}

type SplitHits = { seeds: number[]; hits: Float64Array[] } | undefined;

/** The difference over the seeds that both sides have. */
function compareMeasured(
  base: SplitHits,
  other: SplitHits,
): Pick<ResultComparison, "difference" | "ci95" | "perSeed"> {
  const shared = base?.seeds.filter((seed) => other?.seeds.includes(seed)) ?? [];
  if (base === undefined || other === undefined || shared.length === 0) {
    return { difference: null, ci95: null, perSeed: [] };
  }
  const pick = (side: NonNullable<SplitHits>) =>
    shared.map((seed) => side.hits[side.seeds.indexOf(seed)]!);
  const { difference, ci95, perSeed } = pairedDifference(pick(base), pick(other));
  return { difference, ci95, perSeed };
}

function makeCurves(input: AggregateInput, rows: ReadonlyMap<string, ResultRow>): LossCurve[] {
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
function partialWarnings(input: AggregateInput): string[] {
  return input.plan.cells.flatMap((cell) => {
    const failure = input.failures.get(cell.id);
    return failure === undefined || input.stored.has(cell.id)
      ? []
      : [`Cell ${cell.id} failed and is not in the numbers: ${failure}`];
  });
}

/** Makes the table of the outcomes. */
export function aggregate(input: AggregateInput): ResultFile {
  const { recipe, plan, stored } = input;
  const rows = recipe.rows.map((row) => makeRow(row, input));
  const measurements = new Map(recipe.rows.map((row) => [row.id, collectRow(row, input)]));
  const results = [...stored.entries()];
  const finished = plan.cells.every(({ id }) => stored.has(id)) &&
    (plan.baselines.length === 0 || stored.has(baselineCellId));
  const timings = Object.fromEntries(results.map(([id, { result }]) => [id, result.timings]));
  const skipped = new Map(
    results.flatMap(([, { result }]) => result.skippedImages).map((image) => [image.path, image]),
  );
  return {
    schemaVersion: 1,
    project: input.project,
    table: recipe.table,
    title: recipe.title,
    note: recipe.sizeNote === "" ? recipe.note : `${recipe.note} ${recipe.sizeNote}`,
    size: recipe.size,
    seeds: [...plan.seeds],
    configHash: recipe.configHash,
    inputsHash: hashInputs(recipe, plan, stored),
    protocol: recipe.protocol,
    environment: input.environment,
    timings: {
      totalSeconds: input.totalSeconds,
      cells: timings,
    },
    columns: recipe.columns.map(({ id, group, header, task, unit, data }) => {
      const name = recipe.protocol.data[data]!;
      return { id, group, header: nameBoth(header, input.titles[name] ?? name)!, task, unit };
    }),
    rows,
    cells: recipe.rows.flatMap((row) =>
      recipe.columns.flatMap((column) =>
        makeCells(row, column, measurements.get(row.id)?.get(column.id), input)
      )
    ),
    comparisons: makeComparisons(input, measurements),
    curves: makeCurves(input, new Map(rows.map((row) => [row.id, row]))),
    skippedImages: [...skipped.values()],
    warnings: [
      ...new Set([
        ...input.warnings,
        ...partialWarnings(input),
        ...results.flatMap(([, { result }]) => result.warnings),
      ]),
    ],
    credits: [...input.credits],
    finished,
  };
}
