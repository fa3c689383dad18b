/**
 * What a table shows besides its numbers: titles, credits, printed numbers, and what was read.
 *
 * @module
 */

import type { Annotation } from "../core/data/annotation.ts";
import { getDataset } from "../core/data/registry.ts";
import { ConfigError } from "../core/errors.ts";
import type { ResolvedRecipe } from "../core/recipe/resolve_recipe.ts";
import type { PaperValues } from "../core/results/aggregate.ts";
import type { ResultSource } from "../core/results/result.ts";
import { unknownNameMessage } from "../core/registry.ts";
import { tasks } from "../tasks/registry.ts";
import type { JobContents } from "./resolve_jobs.ts";
import type { StoredTable } from "./table_input.ts";

/** The paper's numbers by row and column; none for a table that is not the paper's. */
async function loadPaperValues(table: string): Promise<PaperValues> {
  const { loadPaperTable, paperTableNames } = await import("../core/results/paper/paper.ts");
  if (!paperTableNames.includes(table)) return {};
  const { rows } = await loadPaperTable(table);
  return Object.fromEntries(rows.map(({ id, values }) => [id, values]));
}

/** @throws {ConfigError} where the effect of a claim names what the paper's table does not have. */
function assertEffects({ claims, paper: table }: ResolvedRecipe, paper: PaperValues): void {
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

/** Everything that was read, by the part that it plays in the table. */
function listSources({ protocol }: ResolvedRecipe, contents: JobContents): ResultSource[] {
  const sources: ResultSource[] = [];
  for (const [role, name] of Object.entries(protocol.data)) {
    const prefix = `data ${name} `;
    for (const [id, hash] of contents.hashes) {
      if (!id.startsWith(prefix)) continue;
      sources.push({ id: `data.${role}.${id.slice(prefix.length)}`, name, hash });
    }
  }
  for (const [role, name] of Object.entries(protocol.teachers)) {
    // One that is trained here is told by its protocol.
    if (typeof name !== "string") continue;
    const hash = contents.hashes.get(`teacher ${name}`);
    if (hash !== undefined) sources.push({ id: `teacher.${role}`, name, hash });
  }
  return sources.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Those parts of a table that do not follow from its jobs.
 *
 * @throws {ConfigError} where the effect of a claim names what the paper's table does not have.
 */
export async function loadTableParts(
  recipe: ResolvedRecipe,
  contents: JobContents,
): Promise<Pick<StoredTable, "paper" | "data" | "tasks" | "sources" | "credits">> {
  const names = new Set(Object.values(recipe.protocol.data));
  const datasets = await Promise.all([...names].map((name) => getDataset<Annotation>(name)));
  const paper = await loadPaperValues(recipe.paper);
  assertEffects(recipe, paper);
  return {
    paper,
    data: new Map([...names].map((name, index) => [name, {
      title: datasets[index]!.title,
      splits: datasets[index]!.splits,
    }])),
    tasks: new Map(tasks.names().map((name) => [name, tasks.get(name)])),
    sources: listSources(recipe, contents),
    credits: [...new Set(datasets.flatMap(({ credits }) => credits))],
  };
}
