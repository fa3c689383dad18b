import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { projectFolder } from "../files.ts";
import { findWords } from "./find_words.ts";
import { templateSets } from "./templates.ts";
import { tokenize } from "./tokenize.ts";
import { loadWordVectors, readWordVectors } from "./word_vectors.ts";

const words = await loadWordVectors();
const dataFolder = join(projectFolder, "data", "text");

function cosine(a: string, b: string): number {
  const [left, right] = [words.vector(a)!, words.vector(b)!];
  return left.reduce((sum, value, index) => sum + value * right[index]!, 0);
}

Deno.test("loadWordVectors gives unit vectors in order of frequency", async () => {
  assert.equal(words.size, 16_000);
  assert.equal(words.words.length, words.size);
  assert.equal(words.words[0], "the");
  for (const word of words.words) {
    const vector = words.vector(word)!;
    assert.equal(vector.length, words.dimension);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5, word);
  }
  assert.equal(words.vector("zzqq"), undefined);
  assert.equal(words.vector("constructor") === undefined, !words.words.includes("constructor"));
  assert.equal(await loadWordVectors(), words);
});

Deno.test("loadWordVectors puts related words near each other", () => {
  assert.ok(cosine("dog", "cat") > 0.8);
  assert.ok(cosine("dog", "cat") > cosine("dog", "airplane") + 0.4);
  assert.ok(cosine("violin", "flute") > cosine("violin", "shovel") + 0.3);
});

Deno.test("probability falls with the rank and is 0 for unknown words", () => {
  let last = 1;
  let sum = 0;
  for (const word of words.words) {
    const probability = words.probability(word);
    assert.ok(probability > 0 && probability < last, word);
    last = probability;
    sum += probability;
  }
  assert.ok(sum > 0.5 && sum < 1);
  assert.equal(words.probability("zzqq"), 0);
});

Deno.test("the vocabulary covers the committed word lists and the templates", async () => {
  for (const list of ["concepts.txt", "benchmarks.txt", "templates.txt"]) {
    const text = await Deno.readTextFile(join(dataFolder, "words", list));
    for (const word of text.trim().split("\n")) assert.ok(words.vector(word), `${list}: ${word}`);
  }
  const unknown = new Set(
    Object.values(templateSets).flat().flatMap(tokenize)
      .filter((word) => findWords(word, words).length === 0),
  );
  assert.deepEqual([...unknown].sort(), ["itap", "plushie"]);
});

Deno.test("the vendored files take at most 2 MB", async () => {
  let size = 0;
  for (const name of ["word_vectors.txt", "word_vectors.bin"]) {
    size += (await Deno.stat(join(dataFolder, name))).size;
  }
  assert.ok(size <= 2_000_000, String(size));
});

Deno.test("findWords falls back on the singular, the article and joined words", () => {
  assert.deepEqual(findWords("dogs", words), ["dogs"]);
  assert.deepEqual(findWords("loaves", words), ["loaf"]);
  assert.deepEqual(findWords("paperclips", words), ["paperclip"]);
  assert.deepEqual(findWords("a", words), ["the"]);
  assert.deepEqual(findWords("pushpin", words), ["push", "pin"]);
  assert.deepEqual(findWords("busstop", words), ["bus", "stop"]);
  assert.deepEqual(findWords("blorple", words), []);
  assert.deepEqual(findWords("t", words), []);
});

Deno.test("readWordVectors refuses missing and damaged files", async () => {
  const folder = await Deno.makeTempDir();
  const files = { listPath: join(folder, "words.txt"), tablePath: join(folder, "words.bin") };
  const list = (text: string) => Deno.writeTextFile(files.listPath, text);
  try {
    await assert.rejects(() => readWordVectors(files), /words\.txt: the file is missing/);
    await list("# 9 words\ndog 2\ncat 4\n");
    await assert.rejects(() => readWordVectors(files), /words\.bin: the file is missing/);
    await Deno.writeFile(files.tablePath, new Uint8Array(207));
    await assert.rejects(() => readWordVectors(files), /207 bytes, expected 208 for 2 words/);
    await Deno.writeFile(files.tablePath, new Uint8Array(208).fill(1));
    assert.equal((await readWordVectors(files)).vector("cat")![0], Math.fround(0.1));
    await list("dog 2\ncat 4\n");
    await assert.rejects(() => readWordVectors(files), DataError);
    await list("# 9 words\ndog 4\ncat 2\n");
    await assert.rejects(() => readWordVectors(files), /line 3 is "cat 2"/);
    await list("# 9 words\ndog\ncat 2\n");
    await assert.rejects(() => readWordVectors(files), /line 2 is "dog"/);
    await list("# 9 words\ndog 2\ncat 10\n");
    await assert.rejects(() => readWordVectors(files), /at most 9/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
