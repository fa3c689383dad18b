import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { drawNames, uniteNames } from "./choose_names.ts";

const names = Array.from({ length: 30 }, (_, index) => `name ${index}`);

Deno.test("drawNames() draws the same names each time, smaller draws within larger ones", () => {
  const ten = drawNames(names, 10, "toys"), twenty = drawNames(names, 20, "toys");
  assert.deepEqual(drawNames(names, 10, "toys"), ten);
  assert.equal(new Set(ten).size, 10);
  for (const name of ten) assert.ok(twenty.includes(name));
  // In the order of the list, and not its beginning.
  assert.deepEqual(ten, names.filter((name) => ten.includes(name)));
  assert.notDeepEqual(ten, names.slice(0, 10));
  assert.deepEqual(drawNames(names, 30, "toys"), names);
});

Deno.test("drawNames() refuses to draw more names than there are", () => {
  assert.throws(
    () => drawNames(names, 31, "toys"),
    (error) =>
      error instanceof ConfigError &&
      error.message === "Cannot draw 31 class names of toys: it has 30; use a smaller count",
  );
});

Deno.test("uniteNames() keeps one of the names that have the same words", () => {
  assert.deepEqual(uniteNames([["cat", "T-shirt"], ["dog", "t shirt", "cat"]]), [
    "cat",
    "T-shirt",
    "dog",
  ]);
});
