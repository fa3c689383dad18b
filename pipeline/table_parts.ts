/**
 * What a table shows besides its numbers: titles, credits, printed numbers, and what was read.
 *
 * @module
 */

import type { Annotation } from "../core/data/annotation.ts";
import { getDataset } from "../core/data/registry.ts";
import type { ResolvedRecipe } from "../core/recipe/resolve_recipe.ts";
import type { ResultSource } from "../core/results/result.ts";
import { tasks } from "../tasks/registry.ts";
import { loadPaperValues } from "./paper_values.ts";
import type { JobContents } from "./resolve_jobs.ts";
import type { StoredTable } from "./table_input.ts";

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

/** Those parts of a table that do not follow from its jobs. */
export async function loadTableParts(
  recipe: ResolvedRecipe,
  contents: JobContents,
): Promise<Pick<StoredTable, "paper" | "data" | "tasks" | "sources" | "credits">> {
  const names = new Set(Object.values(recipe.protocol.data));
  const datasets = await Promise.all([...names].map((name) => getDataset<Annotation>(name)));
  return {
    paper: await loadPaperValues(recipe.paper),
    data: new Map([...names].map((name, index) => [name, {
      title: datasets[index]!.title,
      splits: datasets[index]!.splits,
    }])),
    tasks: new Map(tasks.names().map((name) => [name, tasks.get(name)])),
    sources: listSources(recipe, contents),
    credits: [...new Set(datasets.flatMap(({ credits }) => credits))],
  };
}
