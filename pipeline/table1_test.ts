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

/** Rows that the paper's main table does not have. */
const added = ["rn18-moco", "rn18-regression", "rn18-compress"];

for (const size of sizeNames) {
  Deno.test(`table1 at ${size} shows the students of table2 under its linear probe, and three more`, async () => {
    const rows = await planOf("table1", size);
    const names = new Set(rows.map(({ row }) => row).filter((row) => added.includes(row)));
    assert.deepEqual([...names], added);
    assert.deepEqual(
      rows.filter(({ row }) => !added.includes(row)),
      await planOf("table2", size),
    );
  });
}
