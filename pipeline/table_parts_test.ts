import assert from "node:assert/strict";
import { ConfigError } from "../core/errors.ts";
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

Deno.test("loadTableParts refuses a claim's effect that the paper does not print", async () => {
  const recipe = resolveRecipe(await loadRecipe("table6"), {
    size: "smoke",
    catalog: await loadCatalog(),
  });
  const contents = { hashes: new Map() } as unknown as JobContents;
  await loadTableParts(recipe, contents);
  const [claim] = recipe.claims.filter(({ effect }) => effect !== undefined);
  const cases = [
    [{ base: "rn18-sed" }, {}, 'effect.base: Unknown printed row "rn18-sed". Did you mean'],
    [{ column: "zs" }, {}, 'effect.column: Unknown printed column "zs". Available: zs_in1k'],
    [{}, { paper: "mine" }, "effect: no printed numbers of mine are known"],
  ] as const;
  for (const [effect, changes, part] of cases) {
    const claims = [{ ...claim!, effect: { ...claim!.effect!, ...effect } }];
    await assert.rejects(
      loadTableParts({ ...recipe, ...changes, claims }, contents),
      (error) => {
        assert.ok(
          error instanceof ConfigError && error.message.includes(part),
          `${part}: ${error}`,
        );
        return true;
      },
    );
  }
});
