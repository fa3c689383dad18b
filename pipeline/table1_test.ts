import assert from "node:assert/strict";
import { planRows } from "../core/recipe/plan.ts";
import { loadRecipe } from "../core/recipe/recipe.ts";
import { sizeNames } from "../core/recipe/recipe_schema.ts";
import { resolveRecipe } from "../core/recipe/resolve_recipe.ts";
import { loadCatalog } from "./catalog.ts";

const column = "lp_in1k_100pct";

async function planOf(table: string, size: string) {
  const recipe = resolveRecipe(await loadRecipe(table), { size, catalog: await loadCatalog() });
  const rows = planRows(recipe, [0, 1]).map(({ measures, ...row }) => ({
    ...row,
    measures: measures.filter((measure) => measure.column === column),
  }));
  return rows.filter(({ measures }) => measures.length > 0);
}

for (const size of sizeNames) {
  Deno.test(`table1 at ${size} shows the students of table2 under its linear probe, all of them`, async () => {
    assert.deepEqual(await planOf("table1", size), await planOf("table2", size));
  });
}
