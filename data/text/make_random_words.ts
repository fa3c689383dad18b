/**
 * Makes `random_words.txt`: words that are not the name of a thing, for text banks that say nothing of a task.
 *
 *     deno run --allow-read --allow-write=data/text data/text/make_random_words.ts
 *
 * Words are drawn, without replacement and by a fixed seed, from those that have a vector, five letters or
 * more and an ending of abstract nouns, adjectives, adverbs or verbs, and that are not among WordNet's nouns of
 * things (`words/nouns.txt`) and stand in no name or keyword of the emoji, in no class name of a benchmark and
 * in no prompt.
 *
 * @module
 */

import { RandomStream } from "../../core/random.ts";

const folder = new URL(".", import.meta.url);
const count = 1000;
const endings = new RegExp(
  "^[a-z]{2,}(tion|sion|ment|ness|ance|ence|ship|ity|ism|cy|dom|hood|age|ure|ly|ive|able|ible|ous|ful|" +
    "less|ary|ory|ize|ized|ify|ified|ated|ates|ed|ing|est)$",
);

async function readLines(name: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(name, folder));
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

const known = (await readLines("word_vectors.txt")).map((line) => line.split(" ")[0]!);
const lists = ["concepts", "benchmarks", "templates", "nouns"].map((name) => readLines(`words/${name}.txt`));
const named = new Set((await Promise.all(lists)).flat());
const free = known.filter((word) => word.length > 4 && endings.test(word) && !named.has(word));
const random = new RandomStream(0, "random words", free.length);
if (free.length < count) throw new Error(`There are ${free.length} such words, fewer than ${count}`);
const words = [...random.permutation(free.length)].slice(0, count).map((index) => free[index]!);
await Deno.writeTextFile(new URL("random_words.txt", folder), words.join("\n") + "\n");
