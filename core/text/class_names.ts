/**
 * Lists of class names brought by a user: one name a line.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { describeForeignBytes } from "../foreign_file.ts";
import { nearestNames } from "../registry.ts";
import { findWords } from "./find_words.ts";
import { areNumbers, longestName, NameChecker, quoteName } from "./name_problems.ts";
import { tokenize } from "./tokenize.ts";
import { loadWordVectors, type WordVectors } from "./word_vectors.ts";

/** Class names and what is doubtful about them. */
export interface ClassNameList {
  /** The names, in the order of their lines. */
  readonly names: string[];
  /** One sentence for each name of which some words, but not all, are unknown. */
  readonly warnings: string[];
}

/** Limits of a class-name file. */
const mostBytes = 1024 * 1024;
const mostLines = 100_000;

/** Most problems that one message lists; the rest is counted. */
const mostListed = 1_000;

/** Most unknown words for which near words are looked up: each look-up walks the vocabulary. */
const mostSuggestions = 50;

/** Words above this share of running text are function words: the, of, and, in, with… */
const functionWordProbability = 1.5e-3;

/** Name of a line: without the comment and with single spaces. */
function nameOfLine(line: string): string {
  return line.replace(/(^|\s)#.*$/su, "").replace(/[ \t]+/g, " ").trim();
}

/** Known words near an unknown one: two letters swapped, else a small edit distance. */
function nearWords(word: string, words: WordVectors): string[] {
  const swapped: string[] = [];
  for (let index = 0; index + 1 < word.length; index++) {
    const other = word.slice(0, index) + word[index + 1]! + word[index]! + word.slice(index + 2);
    if (words.vector(other) !== undefined) swapped.push(other);
  }
  if (swapped.length > 0) return swapped;
  const candidates = words.words.filter((known) =>
    known.length > 2 && Math.abs(known.length - word.length) <= 2
  );
  return nearestNames(word, candidates);
}

/** Walks the lines of one list and gathers names, problems and warnings. */
class ClassNameReader {
  readonly names: string[] = [];
  readonly warnings: string[] = [];
  readonly problems: string[] = [];
  readonly #words: WordVectors | undefined;
  readonly #checker = new NameChecker();
  #suggestions = 0;

  constructor(words: WordVectors | undefined) {
    this.#words = words;
  }

  readLine(line: string, number: number): void {
    const name = nameOfLine(line);
    if (name === "") return;
    const problem = this.#findProblem(line, name, number);
    if (problem === undefined) this.names.push(name);
    else this.problems.push(`line ${number}: ${problem}`);
  }

  #findProblem(line: string, name: string, number: number): string | undefined {
    const problem = this.#checker.findProblem(
      line.length > longestName ? line : name,
      `line ${number}`,
    );
    return problem ?? this.#findUnknownWords(name, tokenize(name), number);
  }

  #findUnknownWords(name: string, tokens: string[], number: number): string | undefined {
    const words = this.#words;
    if (words === undefined) return undefined;
    const unknown = [...new Set(tokens)].filter((token) => findWords(token, words).length === 0);
    if (unknown.length === 0) return undefined;
    const list = unknown.map(quoteName).join(", ");
    // An article or a preposition beside an unknown word does not say what is to be seen.
    const isTelling = (word: string) => words.probability(word) < functionWordProbability;
    if (tokens.some((token) => findWords(token, words).some(isTelling))) {
      this.warnings.push(
        `line ${number}: ${quoteName(name)}: ${list} unknown, left out.${this.#suggest(unknown)}`,
      );
      return undefined;
    }
    const which = unknown.length === 1 ? `the word ${list} is` : `the words ${list} are`;
    return `${quoteName(name)}: ${which} unknown.${this.#suggest(unknown)}`;
  }

  #suggest(unknown: readonly string[]): string {
    const near = new Set<string>();
    for (const word of unknown) {
      if (word.length < 3 || word.length > 30 || this.#suggestions >= mostSuggestions) continue;
      this.#suggestions++;
      for (const found of nearWords(word, this.#words!)) near.add(found);
    }
    if (near.size === 0) return "";
    return ` Did you mean ${[...near].map((word) => `"${word}"`).join(" or ")}?`;
  }
}

/**
 * Reads class names and says what is doubtful: one name a line; empty lines and everything from a
 * `#` at the start of a word are left out; a byte-order mark and CRLF line ends are accepted.
 *
 * A name is bad when it is a duplicate (same words as an earlier name), has no letters and digits,
 * has control characters, is longer than 200 characters, or when it has unknown words and no known
 * ones but articles and the like. Any other name with unknown words is kept and gives a warning.
 * Without `words` no word counts as unknown.
 *
 * @param source Where the text comes from, for messages.
 * @throws {ConfigError} that lists every bad line with its number, or says that there is no name.
 */
export function checkClassNames(text: string, source: string, words?: WordVectors): ClassNameList {
  const lines = text.replace(/^\u{feff}/u, "").split(/\r\n|\n|\r/);
  if (lines.length > mostLines + 1) {
    throw new ConfigError(
      `Cannot use the class names of ${source}: it has ${lines.length} lines, expected at most ` +
        `${mostLines}`,
    );
  }
  const reader = new ClassNameReader(words);
  for (const [index, line] of lines.entries()) reader.readLine(line, index + 1);
  const { names, warnings, problems } = reader;
  if (problems.length > 0) {
    const listed = problems.slice(0, mostListed).map((problem) => `\n  ${problem}`).join("");
    const rest = problems.length > mostListed
      ? `\n  and ${problems.length - mostListed} more lines`
      : "";
    throw new ConfigError(
      `Cannot use the class names of ${source}: ${problems.length} bad ` +
        `${problems.length === 1 ? "line" : "lines"}${listed}${rest}\n` +
        `Fix or remove ${problems.length === 1 ? "it" : "them"}: one name a line, each once`,
    );
  }
  if (names.length === 0) {
    throw new ConfigError(
      `Cannot use the class names of ${source}: it has no names. Write one name a line`,
    );
  }
  if (areNumbers(names)) {
    throw new ConfigError(
      `Cannot use the class names of ${source}: they are numbers, expected names that say what is ` +
        "to be seen",
    );
  }
  return { names, warnings };
}

/** Text of a class-name file within the limits. */
async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) {
      throw new ConfigError(`Cannot use the class names of ${path}: it is not a file`);
    }
    if (size > mostBytes) {
      throw new ConfigError(
        `Cannot use the class names of ${path}: it has ${size} bytes, expected at most ${mostBytes}`,
      );
    }
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new ConfigError(`Cannot use the class names of ${path}: ${reason}`, { cause: error });
  }
  const foreign = bytes.length === 0 ? undefined : describeForeignBytes(bytes);
  if (foreign !== undefined) {
    throw new ConfigError(`Cannot use the class names of ${path}: the file is ${foreign}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError(
      `Cannot use the class names of ${path}: it is not UTF-8 text. Save it as UTF-8`,
      { cause: error },
    );
  }
}

/**
 * Reads a class-name file (UTF-8, at most 1 MiB, 100,000 lines and 200 characters a line); see
 * {@linkcode checkClassNames} for what is accepted.
 *
 * @param words Words that count as known; the vendored word vectors by default.
 * @throws {ConfigError} when the file cannot be read, is not text, is too large, has no names, or
 * has bad lines, all of which are listed.
 */
export async function readClassNameFile(path: string, words?: WordVectors): Promise<ClassNameList> {
  const text = await readText(path);
  return checkClassNames(text, path, words ?? await loadWordVectors());
}
