import assert from "node:assert/strict";
import { ConfigError } from "../../core/errors.ts";
import { emojiClipRecipe } from "./recipe.ts";
import { help, readArguments } from "./train_arguments.ts";

Deno.test("readArguments() has the recipe of the shipped weights where nothing is said", () => {
  const { recipe, out, threads, measure, measureOnly, help: asked } = readArguments([]);
  assert.deepEqual(recipe, emojiClipRecipe("emoji-clip"));
  assert(out.endsWith("runs/emoji-clip"), out);
  assert.deepEqual([threads, measure, measureOnly, asked], [1, false, false, false]);
});

Deno.test("readArguments() takes the model, its length and where it goes", () => {
  const args =
    "--model emoji-clip-tiny --steps 7 --pair-steps 3 --out runs/x --threads 2 --measure";
  const { recipe, out, threads, measure } = readArguments(args.split(" "));
  const expected = emojiClipRecipe("emoji-clip-tiny");
  assert.equal(recipe.widthMultiplier, 0.125);
  assert.deepEqual(recipe.captions, { ...expected.captions, steps: 7 });
  assert.deepEqual(recipe.pairs, { ...expected.pairs, steps: 3 });
  assert(out.endsWith("runs/x"), out);
  assert.deepEqual([threads, measure], [2, true]);
});

Deno.test("readArguments() refuses what it does not know, with a way out", () => {
  const refused = (args: readonly string[], message: RegExp) =>
    assert.throws(() => readArguments(args), (error) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, message);
      return true;
    });
  refused(["--model", "emoji-clip-smal"], /Did you mean "emoji-clip-small"/);
  refused(["--model", "x"], /expected emoji-clip, emoji-clip-small, emoji-clip-tiny, got "x"/);
  for (const count of ["0", "1.5", "many", "-2"]) {
    refused([`--steps=${count}`], /--steps: expected a whole number from 1/);
  }
  refused(["--pair-steps=0"], /--pair-steps: expected a whole number from 1/);
  refused(["--epochs", "3"], /See --help/);
});

Deno.test("the help names every option", () => {
  for (
    const name of ["model", "out", "steps", "pair-steps", "threads", "measure", "measure-only"]
  ) {
    assert.match(help, new RegExp(`--${name} `), name);
  }
});
