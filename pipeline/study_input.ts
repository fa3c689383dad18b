/**
 * What a table shows beyond its cells: claims with the effects that seeds are counted for, and costs.
 *
 * @module
 */

import { methods } from "../core/methods/registry.ts";
import type { Plan } from "../core/recipe/plan.ts";
import type { ResolvedRecipe } from "../core/recipe/resolve_recipe.ts";
import type { PaperValues } from "../core/results/aggregate.ts";
import type { TableClaim } from "../core/results/claims.ts";
import type { ResultCosts, RowCost } from "../core/results/result.ts";
import { isTrained, type ModelInfo } from "./stored_model.ts";
import type { StoredWork } from "./units.ts";

/** What is made of a table here. */
export interface StudiedTable {
  readonly recipe: ResolvedRecipe;
  readonly plan: Plan;
  readonly stored: StoredWork;
  readonly paper: PaperValues;
}

/** Size of a printed difference; null where the paper does not print both numbers. */
function printedEffect(
  effect: { readonly base: string; readonly other: string; readonly column: string } | undefined,
  paper: PaperValues,
): number | null {
  if (effect === undefined) return null;
  const printed = (row: string) => paper[row]?.[effect.column] ?? null;
  const base = printed(effect.base), other = printed(effect.other);
  if (base === null || other === null || base === other) return null;
  return Math.abs(other - base);
}

/** The claims of a table with the effects that seeds are counted for. */
export function claimsOf({ recipe, paper }: Pick<StudiedTable, "recipe" | "paper">): TableClaim[] {
  return recipe.claims.map(({ id, claim, comparisons, columns, effect }) => ({
    id,
    claim,
    comparisons,
    ...(columns === undefined ? {} : { columns }),
    effect: printedEffect(effect, paper),
  }));
}

/** Images that the teacher embeds for one training. */
export function teacherImages(
  { spec, steps, images }: Pick<ModelInfo, "spec" | "steps" | "images">,
) {
  if (spec.method === null || spec.teacher === null) return 0;
  const { views, batchSize, viewsPerImage } = spec.pretrain;
  // Fixed views are embedded once, whatever is made of them later.
  if (views === "fixed") return images.used * viewsPerImage;
  return steps * batchSize * methods.get(spec.method).needs.views;
}

/** Images that the student or its momentum copy encodes in one training. */
export function studentImages({ spec, steps }: Pick<ModelInfo, "spec" | "steps">): number {
  if (spec.method === null) return 0;
  const { views, encodedViews = views } = methods.get(spec.method).needs;
  return steps * spec.pretrain.batchSize * encodedViews;
}

/** Costs of the rows that the recipe names, as far as their models are there. */
export function costsOf(
  { recipe, plan, stored }: Pick<StudiedTable, "recipe" | "plan" | "stored">,
): { costs?: ResultCosts } {
  if (recipe.costs === undefined) return {};
  const { rows, columns } = recipe.costs;
  const found = Object.entries(rows).flatMap(([label, row]): RowCost[] => {
    const infos = plan.models.flatMap(({ train }) => {
      if (!isTrained(train) || !train.rowIds.includes(row)) return [];
      return stored.models.get(train.key)?.info ?? [];
    });
    const [first] = infos;
    if (first === undefined) return [];
    return [{
      row,
      label,
      steps: first.steps,
      studentImages: studentImages(first),
      teacherImages: teacherImages(first),
      seconds: infos.reduce((sum, { seconds }) => sum + seconds, 0) / infos.length,
    }];
  });
  return found.length === 0 ? {} : { costs: { columns: [...columns], rows: found } };
}
