/**
 * The numbers that a paper prints, and what a table asks of them.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";
import type { ResolvedRecipe } from "../core/recipe/resolve_recipe.ts";
import { unknownNameMessage } from "../core/registry.ts";
import type { PaperValues } from "../core/results/aggregate.ts";

/** The paper's numbers by row and column; none for a table that is not the paper's. */
export async function loadPaperValues(table: string): Promise<PaperValues> {
  const { loadPaperTable, paperTableNames } = await import("../core/results/paper/paper.ts");
  if (!paperTableNames.includes(table)) return {};
  const { rows } = await loadPaperTable(table);
  return Object.fromEntries(rows.map(({ id, values }) => [id, values]));
}

/** @throws {ConfigError} where the effect of a claim names what the paper's table does not have. */
export async function validateEffects(
  { claims, paper: table }: Pick<ResolvedRecipe, "claims" | "paper">,
): Promise<void> {
  if (claims.every(({ effect }) => effect === undefined)) return;
  const paper = await loadPaperValues(table);
  const problems = claims.flatMap(({ id, effect }) => {
    if (effect === undefined) return [];
    const place = `claims.${id}.effect`, rows = Object.keys(paper);
    if (rows.length === 0) return [`${place}: no printed numbers of ${table} are known`];
    return (["base", "other"] as const).flatMap((side) => {
      const row = paper[effect[side]];
      if (row === undefined) {
        return [`${place}.${side}: ${unknownNameMessage("printed row", effect[side], rows)}`];
      }
      const columns = Object.keys(row);
      return columns.includes(effect.column)
        ? []
        : [`${place}.column: ${unknownNameMessage("printed column", effect.column, columns)}`];
    });
  });
  if (problems.length > 0) throw new ConfigError([...new Set(problems)].join("\n  "));
}
