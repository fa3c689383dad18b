import assert from "node:assert/strict";
import { loadWordVectors } from "../../core/text/word_vectors.ts";
import { checkClassNames } from "../../core/text/class_names.ts";
import { makeNames } from "./large_inputs.ts";

Deno.test("makeNames makes names that every check lets through", async () => {
  const names = await makeNames(20_000);
  assert.equal(new Set(names).size, 20_000);
  const { warnings } = checkClassNames(names.join("\n"), "names", await loadWordVectors());
  assert.deepEqual(warnings, []);
});
