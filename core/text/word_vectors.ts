/**
 * The vendored word vectors: 16,000 words of GloVe, 100 numbers each.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { hashJson, packageFile, readFileIfPresent, readTextIfPresent, sha256 } from "../files.ts";
import { readShippedFile } from "../shipped_file.ts";

/** Vectors and frequencies of the words that are known. */
export interface WordVectors {
  /** Numbers in a vector. */
  readonly dimension: 100;
  /** How many words are known. */
  readonly size: number;
  /** All known words, the most frequent first. */
  readonly words: readonly string[];
  /**
   * Vector of a word, `[100]`, of unit length; undefined where the word is not known. It is a
   * window on the table that all callers share: read it, do not write it.
   */
  vector(word: string): Float32Array | undefined;
  /**
   * Estimated share of the word in running English text, from its frequency rank r by the
   * Zipf–Mandelbrot law p(r) = C / (r + 2.7), where C makes the shares of all words of the source
   * sum to 1 (Mandelbrot, "An informational theory of the statistical structure of language",
   * 1953). 0 for a word that is not known.
   */
  probability(word: string): number;
}

/** Files of a vector table, for messages. */
export interface WordVectorFiles {
  /** Path of the list: a first line `# N words in the source…`, then `word rank` lines. */
  readonly listPath: string;
  /** Path of the table: float32 scale per word, then int8 `[words, 100]`, little-endian. */
  readonly tablePath: string;
}

const dimension = 100;
const mandelbrotShift = 2.7;

/** C of the Zipf–Mandelbrot law for `count` words. */
function normalizer(count: number): number {
  let sum = 0;
  for (let rank = count; rank >= 1; rank--) sum += 1 / (rank + mandelbrotShift);
  return 1 / sum;
}

/** Words and ranks of the list file. */
function parseWordList(
  text: string,
  path: string,
): { sourceSize: number; words: string[]; ranks: Uint32Array } {
  const [header = "", ...lines] = text.trimEnd().split("\n");
  const sourceSize = Number(/^# (\d{1,9}) words/.exec(header)?.[1] ?? 0);
  if (sourceSize < lines.length || lines.length === 0) {
    throw new DataError(
      `Cannot read ${path}: line 1 is ${JSON.stringify(header.slice(0, 60))}, expected ` +
        `"# N words…" with N ≥ ${lines.length}. Restore the file from the repository`,
    );
  }
  const words: string[] = [];
  const ranks = new Uint32Array(lines.length);
  for (const [index, line] of lines.entries()) {
    const match = /^([a-z0-9]+) (\d{1,9})$/.exec(line);
    const rank = Number(match?.[2] ?? 0);
    if (match === null || rank <= (ranks[index - 1] ?? 0) || rank > sourceSize) {
      throw new DataError(
        `Cannot read ${path}: line ${index + 2} is ${
          JSON.stringify(line.slice(0, 60))
        }, expected ` +
          `a word and a rank that rises to at most ${sourceSize}. Restore the file from the ` +
          `repository`,
      );
    }
    words.push(match[1]!);
    ranks[index] = rank;
  }
  return { sourceSize, words, ranks };
}

/** Unit-length vectors, `[words, 100]`, from scales and int8 numbers. */
function decodeTable(table: Uint8Array, count: number, path: string): Float32Array {
  const wanted = count * (4 + dimension);
  if (table.byteLength !== wanted) {
    throw new DataError(
      `Cannot read ${path}: it has ${table.byteLength} bytes, expected ${wanted} for ${count} ` +
        `words. Restore the file from the repository`,
    );
  }
  // The scale of a row falls out of the division by its length; it is kept in the file so that
  // the vectors of the source can be restored.
  const numbers = new Int8Array(table.buffer, table.byteOffset + count * 4, count * dimension);
  const vectors = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const start = row * dimension;
    let squares = 0;
    for (let column = 0; column < dimension; column++) squares += numbers[start + column]! ** 2;
    const inverseLength = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let column = 0; column < dimension; column++) {
      vectors[start + column] = numbers[start + column]! * inverseLength;
    }
  }
  return vectors;
}

/**
 * Reads a list and a table of word vectors.
 *
 * @throws {DataError} when a file is missing or damaged.
 */
export async function readWordVectors(files: WordVectorFiles): Promise<WordVectors> {
  const [list, table] = await Promise.all([
    readTextIfPresent(files.listPath),
    readFileIfPresent(files.tablePath),
  ]);
  if (list === undefined || table === undefined) {
    const missing = list === undefined ? files.listPath : files.tablePath;
    throw new DataError(
      `Cannot read ${missing}: the file is missing. Restore it from the repository`,
    );
  }
  return decodeWordVectors(list, table, files);
}

/**
 * The vectors of a list and a table.
 *
 * @throws {DataError} where one of them is damaged.
 */
export function decodeWordVectors(
  list: string,
  table: Uint8Array,
  files: WordVectorFiles,
): WordVectors {
  const { sourceSize, words, ranks } = parseWordList(list, files.listPath);
  const vectors = decodeTable(table, words.length, files.tablePath);
  const rows = new Map(words.map((word, row) => [word, row]));
  const constant = normalizer(sourceSize);
  return {
    dimension,
    size: words.length,
    words,
    vector(word) {
      const row = rows.get(word);
      if (row === undefined) return undefined;
      return vectors.subarray(row * dimension, (row + 1) * dimension);
    },
    probability(word) {
      const row = rows.get(word);
      return row === undefined ? 0 : constant / (ranks[row]! + mandelbrotShift);
    },
  };
}

/** Those that come with the project. */
const ownFiles = (): WordVectorFiles => ({
  listPath: packageFile("data/text/word_vectors.txt"),
  tablePath: packageFile("data/text/word_vectors.bin"),
});

let loaded: Promise<WordVectors> | undefined;

/**
 * The vectors that come with the project (`data/text`), read once.
 *
 * @throws {DataError} when a file is missing or damaged.
 */
export async function loadWordVectors(): Promise<WordVectors> {
  loaded ??= (async () => {
    const files = ownFiles();
    const [list, table] = await Promise.all(
      [files.listPath, files.tablePath].map((path) => readShippedFile(path)),
    );
    return decodeWordVectors(new TextDecoder().decode(list!), table!, files);
  })();
  return await loaded;
}

let hash: Promise<string> | undefined;

/** SHA-256 of the files that {@linkcode loadWordVectors} reads. */
export function hashWordVectors(): Promise<string> {
  return hash ??= (async () => {
    const { listPath, tablePath } = ownFiles();
    const parts = await Promise.all([readFileIfPresent(listPath), readFileIfPresent(tablePath)]);
    return hashJson(parts.map((bytes) => bytes === undefined ? null : sha256(bytes)));
  })();
}
