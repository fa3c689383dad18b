/**
 * Plans a table: a resolved recipe and seeds become trainings and measurements, each once.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { hashJson } from "../files.ts";
import { nearestNames } from "../registry.ts";
import { compileGlob } from "./glob.ts";
import {
  type MeasureContents,
  type MeasureJob,
  measureKey,
  type MeasureSpec,
  noModelKey,
  teacherRow,
  teacherSeed,
  type TeacherTraining,
  type TrainContents,
  type TrainJob,
  trainKey,
  type TrainSpec,
} from "./jobs.ts";
import type { RecipeRow } from "./recipe_schema.ts";
import type { ResolvedColumn, ResolvedRecipe } from "./resolve_recipe.ts";

/** One row with one seed, before its jobs have keys. */
export interface RowPlan {
  readonly row: string;
  readonly seed: number;
  /** How its model is made; null for a baseline that needs none. */
  readonly train: TrainSpec | null;
  readonly measures: readonly {
    readonly column: string;
    readonly metric: string;
    readonly spec: MeasureSpec;
  }[];
}

/** What the keys of jobs need of the data, teachers and code that specs name. */
export interface PlanContents {
  train(spec: TrainSpec): TrainContents;
  measure(spec: MeasureSpec): MeasureContents;
}

/** One model and everything that is measured on it. */
export interface ModelPlan {
  /** Id of the training, or of the row where no model is needed. */
  readonly id: string;
  /** How the model is made; null for a baseline that needs none. */
  readonly train: TrainJob | null;
  readonly measures: readonly MeasureJob[];
}

/** A table's work. */
export interface Plan {
  /** Every model of the table, whether chosen or not, in the order of rows and seeds. */
  readonly models: readonly ModelPlan[];
  /** The models that `--cells` chose; all of them without it. */
  readonly chosen: readonly ModelPlan[];
  readonly seeds: readonly number[];
}

/** Columns a row is measured under, in the table's order. */
export function measuredColumns(
  { columns }: Pick<ResolvedRecipe, "columns">,
  row: RecipeRow,
): ResolvedColumn[] {
  return columns.filter(({ id }) => row.columns?.includes(id) ?? true);
}

/** What is measured in a cell of the table. */
function measureSpecOf(
  { protocol, studentSettings }: ResolvedRecipe,
  column: ResolvedColumn,
  row: RecipeRow,
): MeasureSpec {
  const { views, splits } = protocol.evaluation;
  return {
    task: row.baseline ?? column.task,
    data: protocol.data[column.data]!,
    settings: row.baseline === undefined
      ? studentSettings.get(column.id)?.get(row.pretrain?.student ?? "") ?? column.settings
      : protocol.tasks[row.baseline]!,
    views,
    splits,
  };
}

/**
 * The rows of a table with each seed. What is not trained (the teacher, a baseline) is measured with
 * the first seed only.
 */
export function planRows(recipe: ResolvedRecipe, seeds: readonly number[]): RowPlan[] {
  return seeds.flatMap((seed, index) =>
    recipe.rows.flatMap((row): RowPlan[] => {
      if (row.kind === "quoted" || !recipe.runRows.has(row.id)) return [];
      const train = recipe.specs.get(row.id) ?? null;
      const isTeacher = train !== null && row.pretrain?.method === null;
      if (index > 0 && (train === null || isTeacher)) return [];
      return [{
        row: row.id,
        // A teacher that is trained here has a seed of its own.
        seed: isTeacher && train.method !== null ? teacherSeed : seed,
        train,
        measures: measuredColumns(recipe, row).map((column) => ({
          column: column.id,
          metric: recipe.baselineMetrics.get(row.id) ?? column.metric,
          spec: measureSpecOf(recipe, column, row),
        })),
      }];
    })
  );
}

/** A model that is being put together. */
interface Draft {
  readonly id: string;
  readonly modelKey: string;
  readonly spec: TrainSpec | null;
  readonly seed: number;
  readonly teacher?: TrainJob["teacher"];
  readonly rows: string[];
  readonly measures: Map<string, MeasureJob>;
}

/** The models that a glob on ids and rows fits. */
function choose(models: readonly ModelPlan[], glob: string): ModelPlan[] {
  const fits = compileGlob(glob);
  const names = ({ id, train }: ModelPlan) => [id, ...train?.rowIds ?? []];
  const chosen = models.filter((model) => names(model).some(fits));
  if (chosen.length > 0) return chosen;
  const near = nearestNames(glob, new Set(models.flatMap((model) => names(model).reverse())));
  const hint = near.length > 0
    ? `Did you mean ${near.map((name) => `"${name}"`).join(" or ")}?`
    : `Trainings: ${models.map(({ id }) => id).join(", ")}`;
  throw new ConfigError(`--cells ${glob}: matches no training. ${hint}`);
}

/** Chosen models with the trainings of their teachers, of which nothing is measured. */
function withTeachers(chosen: readonly ModelPlan[], models: readonly ModelPlan[]): ModelPlan[] {
  const needed = new Set(chosen.flatMap(({ train }) => train?.teacher?.key ?? []));
  return models.flatMap((model): ModelPlan[] => {
    if (chosen.includes(model)) return [model];
    return model.train !== null && needed.has(model.train.key) ? [{ ...model, measures: [] }] : [];
  });
}

/**
 * The jobs of a table. A teacher that is trained first is a model of its own, before its students. Rows
 * that differ only in what is measured share one training, columns that show another metric of the same
 * measurement share that.
 *
 * @param options.threads Threads of a session, a part of the keys. @default {1}
 * @param options.cells Only models whose id or row fits this glob are chosen.
 * @throws {ConfigError} for a filter that fits nothing.
 */
export function planJobs(
  rows: readonly RowPlan[],
  contents: PlanContents,
  options: { seeds: readonly number[]; cells?: string; threads?: number },
): Plan {
  const { threads = 1 } = options;
  const drafts = new Map<string, Draft>();
  const keyOf = (spec: TrainSpec, seed: number): string => {
    const { teacherTraining: training } = spec, own = contents.train(spec);
    return trainKey(
      spec,
      seed,
      training === undefined ? own : { ...own, teacher: keyOf(training.spec, training.seed) },
      threads,
    );
  };
  const draftOf = (row: string, train: TrainSpec | null, seed: number): Draft => {
    const modelKey = train === null ? noModelKey : keyOf(train, seed);
    // What is measured may depend on the seed, also where the model does not.
    const place = hashJson([modelKey, seed, train === null ? row : null]);
    const known = drafts.get(place);
    if (known !== undefined) return known;
    const teacher = train?.teacherTraining && teacherOf(train.teacherTraining);
    const draft: Draft = {
      id: train === null ? row : `${row}.seed${seed}`,
      modelKey,
      spec: train,
      seed,
      ...(teacher === undefined ? {} : { teacher }),
      rows: [],
      measures: new Map(),
    };
    drafts.set(place, draft);
    return draft;
  };
  const teacherOf = ({ role, spec, seed }: TeacherTraining): NonNullable<Draft["teacher"]> => {
    const { id, modelKey } = draftOf(teacherRow(role), spec, seed);
    return { id, key: modelKey };
  };
  for (const { row, seed, train, measures } of rows) {
    const draft = draftOf(row, train, seed), { modelKey } = draft;
    draft.rows.push(row);
    for (const { column, metric, spec } of measures) {
      const key = measureKey(modelKey, spec, seed, contents.measure(spec), threads);
      const shared = draft.measures.get(key);
      draft.measures.set(key, {
        id: shared?.id ?? `${draft.id}.${column}`,
        key,
        modelKey,
        spec,
        seed,
        columns: [...shared?.columns ?? [], { row, column, metric }],
      });
    }
  }
  const models = [...drafts.values()].map((draft): ModelPlan => ({
    id: draft.id,
    train: draft.spec === null ? null : {
      id: draft.id,
      key: draft.modelKey,
      spec: draft.spec,
      seed: draft.seed,
      rowIds: draft.rows,
      ...(draft.teacher === undefined ? {} : { teacher: draft.teacher }),
    },
    measures: [...draft.measures.values()],
  }));
  return {
    models,
    chosen: options.cells === undefined
      ? models
      : withTeachers(choose(models, options.cells), models),
    seeds: options.seeds,
  };
}
