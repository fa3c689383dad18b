import assert from "node:assert/strict";
import { loadRecipe, resolveRecipe } from "../core/recipe/recipe.ts";
import { planCells } from "../core/recipe/plan.ts";
import { loadPaperTable } from "../core/results/paper/paper.ts";

Deno.test("table2 has every row and column of the paper's table, in its order", async () => {
  const recipe = await loadRecipe("table2");
  const paper = await loadPaperTable("table2");
  assert.deepEqual(
    recipe.columns.map(({ id, group, task }) => ({ id, group, task })),
    paper.columns.map(({ id, group, task }) => ({ id, group, task })),
  );
  const ours = recipe.rows.filter(({ kind }) => kind !== "baseline");
  assert.deepEqual(
    ours.map(({ id, method, teacher, student, data, text, epochs }) => (
      { id, method, teacher, student, data, text, epochs }
    )),
    paper.rows.map(({ id, method, teacher, student, data, text, epochs }) => (
      { id, method, teacher, student, data, text, epochs }
    )),
  );
});

Deno.test("table2 measures every number that the paper prints for a row that is run", async () => {
  const recipe = await loadRecipe("table2");
  const paper = await loadPaperTable("table2");
  for (const row of recipe.rows.filter(({ kind }) => kind === "run")) {
    const values = paper.rows.find(({ id }) => id === row.id)!.values;
    for (const [column, value] of Object.entries(values)) {
      if (value === null) continue;
      assert.ok(row.columns?.includes(column) ?? true, `${row.id} ${column}`);
    }
  }
});

Deno.test("in table2 SEED and LGD differ in the method alone", async () => {
  const recipe = resolveRecipe(await loadRecipe("table2"), { size: "mini" });
  const { cells } = planCells(recipe, { seeds: [0] });
  for (const block of ["rn18", "mnv2"]) {
    const [seed, lgd] = ["seed", "lgd-200"].map((name) =>
      cells.find(({ rowId }) => rowId === `${block}-${name}`)!
    );
    assert.deepEqual(
      { ...seed!.pretrain, method: "lgd", text: lgd!.pretrain.text },
      lgd!.pretrain,
    );
    assert.deepEqual(seed!.tasks, lgd!.tasks);
  }
});
