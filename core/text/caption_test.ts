import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeCaption } from "./caption.ts";
import { loadWordVectors } from "./word_vectors.ts";

interface Reference {
  probabilities: Record<string, number>;
  captions: { caption: string; vector: number[] }[];
}

// Made by testdata/make_caption_reference.py from the full-precision vectors of the source.
const reference = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "testdata", "caption_reference.json")),
) as Reference;
const words = await loadWordVectors();

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let product = 0, left = 0, right = 0;
  for (let index = 0; index < a.length; index++) {
    product += a[index]! * b[index]!;
    left += a[index]! ** 2;
    right += b[index]! ** 2;
  }
  return product / Math.sqrt(left * right);
}

Deno.test("probability equals the Zipf–Mandelbrot law computed by NumPy", () => {
  for (const [word, wanted] of Object.entries(reference.probabilities)) {
    assert.ok(Math.abs(words.probability(word) / wanted - 1) < 1e-9, word);
  }
});

Deno.test("encodeCaption equals the same mean over full-precision vectors", () => {
  for (const { caption, vector } of reference.captions) {
    const encoded = encodeCaption(caption, words);
    assert.deepEqual(encoded.unknownWords, []);
    // Eight bits a number: the error is about 0.6 % of a vector.
    for (const [index, value] of vector.entries()) {
      assert.ok(Math.abs(encoded.vector[index]! - value) < 5e-3, `${caption} ${index}`);
    }
    assert.ok(cosine(encoded.vector, vector) > 0.9999, caption);
  }
});

Deno.test("encodeCaption gives frequent words little weight", () => {
  const bare = encodeCaption("dog", words).vector;
  assert.ok(cosine(encodeCaption("the dog of a", words).vector, bare) > 0.98);
  assert.ok(cosine(encodeCaption("photo of a dog", words).vector, bare) < 0.95);
});

Deno.test("encodeCaption reports unknown words once and leaves them out", () => {
  const { vector, unknownWords } = encodeCaption("zzqq dog, ZZQQ xqzz", words);
  assert.deepEqual(unknownWords, ["zzqq", "xqzz"]);
  assert.deepEqual(vector, encodeCaption("dog", words).vector);
});

Deno.test("encodeCaption gives zeros where nothing is known", () => {
  for (const caption of ["", "zzqq", "!?"]) {
    assert.deepEqual(encodeCaption(caption, words).vector, new Float32Array(100));
  }
});
