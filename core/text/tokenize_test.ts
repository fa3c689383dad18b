import assert from "node:assert/strict";
import { tokenize } from "./tokenize.ts";

Deno.test("tokenize splits, lowers and drops accents", () => {
  assert.deepEqual(tokenize("Jack-o’-Lantern"), ["jack", "o", "lantern"]);
  assert.deepEqual(tokenize("air_conditioner"), ["air", "conditioner"]);
  assert.deepEqual(tokenize("  PIÑATA, crème brûlée! "), ["pinata", "creme", "brulee"]);
  assert.deepEqual(tokenize("ﬁre ½ №5"), ["fire", "1", "2", "no5"]);
  assert.deepEqual(tokenize("ak47 (gun)"), ["ak47", "gun"]);
});

Deno.test("tokenize drops the possessive s only at the end of a word", () => {
  assert.deepEqual(tokenize("men's and man’s hat"), ["men", "and", "man", "hat"]);
  assert.deepEqual(tokenize("o'sullivan"), ["o", "sullivan"]);
});

Deno.test("tokenize keeps other scripts and gives nothing for signs", () => {
  assert.deepEqual(tokenize("собака 犬"), ["собака", "犬"]);
  assert.deepEqual(tokenize("!? -_- "), []);
  assert.deepEqual(tokenize(""), []);
});
