/**
 * Lists of class names brought by a user: one name a line.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { describeForeignBytes } from "../foreign_file.ts";
import type { LeftOutItem } from "../left_out.ts";
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
  /** Comments, and unknown words beside known ones. */
  readonly leftOut: LeftOutItem[];
}

/** Limits of a class-name file. */
const mostBytes = 1024 * 1024;
const mostLines = 100_000;

/** Most problems that one message lists; the rest is counted. */
const mostListed = 1_000;

/** Most names with unknown words that are told one by one. */
const mostWarnings = 50;

/** Most unknown words for which near words are looked up: each look-up walks the vocabulary. */
const mostSuggestions = 50;

/** Words above this share of running text are function words: the, of, and, in, with… */
const functionWordProbability = 1.5e-3;

/**
 * Name and comment of a line. A line that begins with `#` is a comment, and so is what follows a `#`
 * that stands alone; in "agent #7" it does not.
 */
function splitLine(line: string): { name: string; comment: string } {
  const text = line.replace(/[ \t]+/g, " ").trim();
  const start = text.startsWith("#") ? 0 : text.search(/(?<=\s)#(?=\s|$)/u);
  if (start < 0) return { name: text, comment: "" };
  return { name: text.slice(0, start).trim(), comment: text.slice(start) };
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
  readonly leftOut: LeftOutItem[] = [];
  readonly #place: string;
  readonly #words: WordVectors | undefined;
  readonly #checker = new NameChecker();
  #suggestions = 0;

  /** @param place What is numbered, for messages: `line`. */
  constructor(place: string, words: WordVectors | undefined) {
    this.#place = place;
    this.#words = words;
  }

  readLine(line: string, number: number): void {
    const { name, comment } = splitLine(line);
    if (comment !== "") {
      const reason = name === "" ? "a comment" : `a comment behind ${quoteName(name)}`;
      const path = `${number}: ${quoteName(comment)}`;
      this.leftOut.push({ path, reason: `${reason}: # begins it`, unit: "line" });
    }
    if (name !== "") this.readName(name, number, line);
  }

  readName(name: string, number: number, line = name): void {
    const problem = this.#findProblem(line, name, number);
    if (problem === undefined) this.names.push(name);
    else this.problems.push(`${this.#place} ${number}: ${problem}`);
  }

  #findProblem(line: string, name: string, number: number): string | undefined {
    const problem = this.#checker.findProblem(
      line.length > longestName ? line : name,
      `${this.#place} ${number}`,
    );
    return problem ?? this.#findUnknownWords(name, tokenize(name), number);
  }

  #findUnknownWords(name: string, tokens: string[], number: number): string | undefined {
    const words = this.#words;
    if (words === undefined) return undefined;
    const unknown = [...new Set(tokens)].filter((token) => findWords(token, words).length === 0);
    const isKnown = unknown.length < new Set(tokens).size;
    const same = isKnown
      ? this.#checker.findSameKnownWords(name, unknown, `${this.#place} ${number}`)
      : undefined;
    if (unknown.length === 0 || same !== undefined) return same;
    const list = unknown.map(quoteName).join(", ");
    // An article or a preposition beside an unknown word does not say what is to be seen.
    const isTelling = (word: string) => words.probability(word) < functionWordProbability;
    if (tokens.some((token) => findWords(token, words).some(isTelling))) {
      this.warnings.push(
        `${this.#place} ${number}: ${quoteName(name)}: ${list} unknown, left out.` +
          this.#suggest(unknown),
      );
      for (const word of unknown) {
        const path = `${quoteName(word)} in ${quoteName(name)}`;
        this.leftOut.push({ path, reason: "an unknown word beside known ones", unit: "word" });
      }
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
 * Reads class names and says what is doubtful: one name a line; empty lines, lines that begin with `#`,
 * and everything from a `#` that stands alone are left out; a byte-order mark and CRLF line ends are
 * accepted.
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
  const reader = new ClassNameReader("line", words);
  for (const [index, line] of lines.entries()) reader.readLine(line, index + 1);
  return finish(reader, source, "line");
}

/**
 * Checks a list of class names as {@linkcode checkClassNames} does a text: each entry is a name, and
 * none is a comment.
 *
 * @throws {ConfigError} that lists every bad name with its number, or says that there is none.
 */
export function checkClassNameList(
  names: readonly string[],
  source: string,
  words?: WordVectors,
): ClassNameList {
  const reader = new ClassNameReader("name", words);
  for (const [index, name] of names.entries()) {
    reader.readName(name.replace(/[ \t]+/g, " ").trim(), index + 1);
  }
  return finish(reader, source, "name");
}

/** What was read. @throws {ConfigError} where it cannot be used. */
function finish(
  { names, warnings, problems, leftOut }: ClassNameReader,
  source: string,
  place: "line" | "name",
): ClassNameList {
  if (problems.length > 0) {
    const listed = problems.slice(0, mostListed).map((problem) => `\n  ${problem}`).join("");
    const rest = problems.length > mostListed
      ? `\n  and ${problems.length - mostListed} more ${place}s`
      : "";
    throw new ConfigError(
      `Cannot use the class names of ${source}: ${problems.length} bad ` +
        `${problems.length === 1 ? place : `${place}s`}${listed}${rest}\n  ` +
        `Fix or remove ${problems.length === 1 ? "it" : "them"}: ` +
        (place === "line" ? "one name a line, each once" : "each name once"),
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
  if (warnings.length > mostWarnings) {
    const more = warnings.length - mostWarnings;
    warnings.length = mostWarnings;
    warnings.push(`${more} more names of ${source} have unknown words, which are left out`);
  }
  return { names, warnings, leftOut };
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
