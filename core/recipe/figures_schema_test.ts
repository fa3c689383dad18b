import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { projectFolder } from "../files.ts";
import { loadRecipe } from "./recipe.ts";
import { resolveRecipe } from "./resolve_recipe.ts";
import { testCatalog as catalog } from "./testdata/catalog.ts";

/** The recipe of the tests with figures. */
async function resolve(figures: string) {
  const tiny = await Deno.readTextFile(join(projectFolder, "pipeline/testdata/tiny.yaml"));
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(path, `${tiny}\nfigures:\n${figures}\n`);
    return resolveRecipe(await loadRecipe(path), { size: "mini", catalog });
  } finally {
    await Deno.remove(path);
  }
}

async function assertRefused(figures: string, ...parts: RegExp[]): Promise<void> {
  await assert.rejects(resolve(figures), (error) => {
    assert(error instanceof ConfigError, String(error));
    for (const part of parts) assert.match(error.message, part);
    return true;
  });
}

Deno.test("figures of a recipe have defaults, and change no hash of the numbers", async () => {
  const plain = await resolve("  []");
  assert.deepEqual(plain.figures, []);
  const { figures, configHash } = await resolve(`
  - column: zs
    rows: [teacher, good-seed, good-lgd]
    activations: {}
    features: { together: [good-lgd] }
    confusions: {}
    gain: { base: good-seed, other: good-lgd }`);
  assert.equal(configHash, plain.configHash);
  assert.deepEqual(figures, [{
    column: "zs",
    rows: ["teacher", "good-seed", "good-lgd"],
    activations: { images: 6, layer: "auto" },
    features: {
      methods: ["umap", "t-sne"],
      points: 400,
      classes: 10,
      neighbours: 15,
      minDistance: 0.1,
      perplexity: 30,
      together: ["good-lgd"],
    },
    confusions: { pairs: 12 },
    gain: { base: "good-seed", other: "good-lgd" },
  }]);
});

Deno.test("figures of a recipe must name rows that are run and measured under their column", async () => {
  await assertRefused(
    `
  - column: zz
    rows: [pixel, god-lgd, teacher]
    features: { together: [good-seed] }
    gain: { base: good-seed, other: teacher }`,
    /figures\.0\.column: .*"zz"/,
    /figures\.0\.rows: .*"pixel"/,
    /figures\.0\.rows: .*"god-lgd".*Did you mean "good-lgd"/,
    /figures\.0\.rows: row "teacher" is not measured under column "zz"/,
    /figures\.0\.features\.together: .*"good-seed"/,
    /figures\.0\.gain\.base: .*"good-seed"/,
  );
  await assertRefused(
    `
  - { column: zs, rows: [good-seed], activations: { images: 99 } }`,
    /figures\.0\.activations\.images/,
  );
});

Deno.test("figures of a recipe need a task that compares embeddings with texts, and a measured split", async () => {
  await assertRefused(
    `
  - { column: lp, rows: [good-seed], split: nowhere }`,
    /figures\.0\.column: task "linear-probe" does not compare embeddings with texts/,
    /figures\.0\.split: .*"nowhere"/,
  );
});
