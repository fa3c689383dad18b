import assert from "node:assert/strict";
import { ConfigError } from "../core/errors.ts";
import { loadRecipe } from "../core/recipe/recipe.ts";
import { resolveRecipe } from "../core/recipe/resolve_recipe.ts";
import { loadCatalog } from "./catalog.ts";
import { validateEffects } from "./paper_values.ts";

Deno.test("validateEffects refuses a claim's effect that the paper does not print", async () => {
  const recipe = resolveRecipe(await loadRecipe("table6"), {
    size: "smoke",
    catalog: await loadCatalog(),
  });
  await validateEffects(recipe);
  const [claim] = recipe.claims.filter(({ effect }) => effect !== undefined);
  const cases = [
    [{ base: "rn18-sed" }, {}, 'effect.base: Unknown printed row "rn18-sed". Did you mean'],
    [{ column: "zs" }, {}, 'effect.column: Unknown printed column "zs". Available: zs_in1k'],
    [{}, { paper: "mine" }, "effect: no printed numbers of mine are known"],
  ] as const;
  for (const [effect, changes, part] of cases) {
    const claims = [{ ...claim!, effect: { ...claim!.effect!, ...effect } }];
    await assert.rejects(
      validateEffects({ ...recipe, ...changes, claims }),
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
