/**
 * Figures of several rows as a piece of work, with a key of its content.
 *
 * @module
 */

import { hashJson } from "../../core/files.ts";
import type { RecipeFigures } from "../../core/recipe/figures_schema.ts";
import type { MeasureContents } from "../../core/recipe/jobs.ts";
import type { Plan } from "../../core/recipe/plan.ts";
import type { ResolvedRecipe } from "../../core/recipe/resolve_recipe.ts";
import type { JobContents } from "../resolve_jobs.ts";
import { isTrained, studentFileName } from "../stored_model.ts";
import type { StoredWork } from "../units.ts";

/** Raised when the same models give other figures. */
export const figuresVersion = 1;

/** A model that figures show. */
export interface FigureRow {
  /** Id of the row. */
  readonly row: string;
  /** Path of the student's file; null for the teacher itself. */
  readonly student: string | null;
  /** Name of the teacher, whose texts images are compared with. */
  readonly teacher: string;
}

/** Figures that one Worker makes. */
export interface FigureRequest {
  /** Key of everything that they are made of. */
  readonly key: string;
  /** Number among the requests of a result, from 1: a part of the ids. */
  readonly number: number;
  readonly settings: RecipeFigures;
  /** Data set, as `getDataset` takes it. */
  readonly data: string;
  readonly split: string;
  /** Fixed views of each image. */
  readonly views: number;
  /** Prompts of the class names. */
  readonly templates: readonly string[];
  readonly seed: number;
  readonly rows: readonly FigureRow[];
}

/** Key of figures: settings, models by their keys, data and texts by content. */
export function figuresKey(
  request: Omit<FigureRequest, "key" | "rows">,
  models: readonly { readonly row: string; readonly key: string }[],
  contents: MeasureContents,
): string {
  const { settings, split, views, seed, number } = request;
  return hashJson({
    kind: "figures",
    version: figuresVersion,
    settings,
    split,
    views,
    seed,
    number,
    models,
    contents,
  });
}

/** Splits that a data set has, by its name. */
type SplitsOf = (data: string) => readonly string[];

/**
 * The figures of a table that can be made of what is in the store. Rows that were not run, or failed, are
 * not on them: the table says why.
 */
export function planFigures(
  { recipe, plan, stored, contents }: {
    readonly recipe: ResolvedRecipe;
    readonly plan: Plan;
    readonly stored: StoredWork;
    readonly contents: JobContents;
  },
  splitsOf: SplitsOf,
): FigureRequest[] {
  const [seed = 0] = plan.seeds;
  return recipe.figures.flatMap((settings, index): FigureRequest[] => {
    const found = settings.rows.flatMap((row) => {
      const model = plan.models.find(({ train }) =>
        train !== null && train.rowIds.includes(row) && train.seed === seed
      );
      const measure = model?.measures.find(({ columns }) =>
        columns.some((place) => place.row === row && place.column === settings.column)
      );
      if (model === undefined || measure === undefined) return [];
      const { key, spec } = model.train!;
      const file = stored.models.get(key)?.entry.files[studentFileName];
      if (spec.teacher === null || (isTrained(model.train) && file === undefined)) return [];
      return [{
        key,
        spec: measure.spec,
        shown: { row, student: file?.path ?? null, teacher: spec.teacher },
      }];
    });
    const spec = found[0]?.spec;
    if (spec === undefined) return [];
    const known = splitsOf(spec.data);
    const split = settings.split ?? spec.splits.find((name) => known.includes(name));
    if (split === undefined || !known.includes(split)) return [];
    const own = contents.measure(spec);
    const request = {
      number: index + 1,
      settings,
      data: spec.data,
      split,
      views: spec.views,
      templates: own.text.templates,
      seed,
    };
    const models = found.map(({ key, shown }) => ({ row: shown.row, key }));
    return [{
      ...request,
      key: figuresKey(request, models, own),
      rows: found.map(({ shown }) => shown),
    }];
  });
}
