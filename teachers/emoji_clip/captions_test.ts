import assert from "node:assert/strict";
import { encodeCaption } from "../../core/text/caption.ts";
import { templateSets } from "../../core/text/templates.ts";
import { loadWordVectors } from "../../core/text/word_vectors.ts";
import { promptWords } from "./captions.ts";

function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  a.forEach((value, index) => dot += value * b[index]!);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

Deno.test("promptWords() makes the words of prompts common and leaves all else as it is", async () => {
  const plain = await loadWordVectors();
  const words = promptWords(plain);
  assert.equal(words.dimension, plain.dimension);
  assert.equal(words.size, plain.size);
  for (const word of ["photo", "icon", "drawing", "of", "a"]) {
    assert(words.probability(word) >= plain.probability(word), word);
    assert.deepEqual(words.vector(word), plain.vector(word), word);
  }
  // "photo" is in about a quarter of the 80 templates, which have some seven words each.
  const photo = words.probability("photo");
  assert(photo > 0.02 && photo < 0.1 && plain.probability("photo") < 0.01, `${photo}`);
  for (const word of ["owl", "fox", "wrench"]) {
    assert.equal(words.probability(word), plain.probability(word), word);
  }
  assert.equal(words.vector("qqqzzz"), undefined);
});

Deno.test("promptWords() brings a filled template nearer to the bare name", async () => {
  const plain = await loadWordVectors();
  const words = promptWords(plain);
  const meanCosine = (name: string, of: typeof plain) => {
    const bare = encodeCaption(name, of).vector;
    const all = [...templateSets["imagenet-80"], ...templateSets["emoji"]];
    const cosines = all.map((template) =>
      cosine(encodeCaption(template.replace("{}", name), of).vector, bare)
    );
    return cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
  };
  for (const name of ["owl", "pizza", "sailboat"]) {
    const before = meanCosine(name, plain), after = meanCosine(name, words);
    assert(after > before && after > 0.9, `${name}: ${before} before, ${after} after`);
  }
});
