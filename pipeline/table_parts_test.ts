import assert from "node:assert/strict";
import { loadRecipe } from "../core/recipe/recipe.ts";
import { resolveRecipe } from "../core/recipe/resolve_recipe.ts";
import { loadCatalog } from "./catalog.ts";
import type { JobContents } from "./resolve_jobs.ts";
import { loadTableParts } from "./table_parts.ts";

Deno.test("loadTableParts lists what was read by its part in the table, whatever came first", async () => {
  const recipe = resolveRecipe(await loadRecipe("table2"), {
    size: "smoke",
    catalog: await loadCatalog(),
  });
  const { data, teachers } = recipe.protocol;
  const [[role, name]] = Object.entries(data) as [[string, string]];
  // At this size students are trained on the images that they are measured on: one set, two parts.
  const roles = Object.keys(data).filter((other) => data[other] === name);
  assert.deepEqual(roles, [role, "pretraining"]);
  const [[teacherRole, teacher]] = Object.entries(teachers) as [[string, string]];
  const read = [[`data ${name} val`, "b"], [`teacher ${teacher}`, "c"], [`data ${name} dev`, "a"]];
  const idsOf = async (hashes: string[][]) => {
    const contents = { hashes: new Map(hashes as [string, string][]) } as unknown as JobContents;
    return (await loadTableParts(recipe, contents)).sources.map(({ id, hash }) => [id, hash]);
  };
  const expected = [
    ...roles.flatMap((part) => [[`data.${part}.dev`, "a"], [`data.${part}.val`, "b"]]),
    [`teacher.${teacherRole}`, "c"],
  ];
  assert.deepEqual(await idsOf(read), expected);
  assert.deepEqual(await idsOf(read.toReversed()), expected);
});
