/**
 * What a recipe is at one size.
 *
 * @module
 */

import type { ExpandedSweep } from "./expand_sweeps.ts";
import type { RecipeFigures } from "./figures_schema.ts";
import type { TrainSpec } from "./jobs.ts";
import type { EvaluationSettings, PretrainSettings } from "./pretrain_settings.ts";
import type {
  RecipeClaim,
  RecipeColumn,
  RecipeComparison,
  RecipeCosts,
  RecipeRow,
  Requirement,
  SizeName,
} from "./recipe_schema.ts";
import type { ResolvedSettings } from "./resolve_settings.ts";
import type { TeacherTrainingRecipe } from "./settings.ts";

/** A column with its task's settings resolved. */
export interface ResolvedColumn extends Omit<RecipeColumn, "metric"> {
  /** Key of the metric that it shows. */
  readonly metric: string;
}

/** A protocol of which every setting that the recipe uses is resolved, and no other is there. */
export interface ResolvedProtocol {
  readonly data: Readonly<Record<string, string>>;
  readonly text: Readonly<Record<string, string>>;
  readonly teachers: Readonly<Record<string, string | TeacherTrainingRecipe>>;
  readonly students: Readonly<Record<string, string>>;
  readonly lengths: Readonly<Record<string, number>>;
  readonly pretrain: PretrainSettings;
  readonly byStudent: Readonly<Record<string, ResolvedSettings>>;
  /** Settings of the methods of the recipe's rows. */
  readonly methods: Readonly<Record<string, ResolvedSettings>>;
  /** Settings of the tasks of the recipe's columns, baselines and text banks. */
  readonly tasks: Readonly<Record<string, ResolvedSettings>>;
  readonly evaluation: EvaluationSettings;
}

/** A recipe at one size with all overrides applied: frozen, hashed, ready to be planned. */
export interface ResolvedRecipe {
  readonly table: string;
  readonly title: string;
  readonly note: string;
  readonly size: SizeName;
  /** Remark about the size. */
  readonly sizeNote: string;
  /** Number of seeds where the user gives none. */
  readonly defaultSeeds: number;
  /** Every setting that is used, resolved. */
  readonly protocol: ResolvedProtocol;
  readonly columns: readonly ResolvedColumn[];
  readonly rows: readonly RecipeRow[];
  readonly comparisons: readonly RecipeComparison[];
  /** Name of the printed table whose numbers are shown. */
  readonly paper: string;
  readonly claims: readonly RecipeClaim[];
  /** Sweeps of this size; their rows are among the rows. */
  readonly sweeps: readonly ExpandedSweep[];
  readonly costs?: RecipeCosts;
  /** Figures of several rows; they decide about no number. */
  readonly figures: readonly RecipeFigures[];
  /** Rows that this size runs; the others stay "not run". */
  readonly runRows: ReadonlySet<string>;
  /** How the model of each row of kind "run" is made, by row. */
  readonly specs: ReadonlyMap<string, TrainSpec>;
  /** Settings of a column that differ for a student role, by column and role. */
  readonly studentSettings: ReadonlyMap<string, ReadonlyMap<string, ResolvedSettings>>;
  /** Key of the first metric of each baseline's task, by row. */
  readonly baselineMetrics: ReadonlyMap<string, string>;
  /** What the user must supply. */
  readonly requires: readonly Requirement[];
  /** Everything that determines the numbers, seeds excepted. */
  readonly config: Readonly<Record<string, unknown>>;
  /** SHA-256 of `config`. */
  readonly configHash: string;
}
