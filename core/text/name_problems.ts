/**
 * What makes a class name useless as a text: the checks that every list of names has, wherever it
 * comes from.
 *
 * @module
 */

import { tokenize } from "./tokenize.ts";

/** Characters of the longest name. */
export const longestName = 200;

/** Name in quotes for a message, shortened, with control characters escaped. */
export function quoteName(name: string): string {
  const short = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  return JSON.stringify(short).replace(
    /\p{Cc}|\p{Cf}/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** Whether a name is an id of WordNet, as ImageNet's folders have them: `n02123045`. */
export function isWordNetId(name: string): boolean {
  return /^n\d{8}$/.test(name);
}

/** Whether every name is a number, so that none says what is to be seen. */
export function areNumbers(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => /^[\d\s.,_-]*\d[\d\s.,_-]*$/.test(name));
}

/** Finds what is wrong with names, one after the other: each is compared with those before it. */
export class NameChecker {
  /** Place of the first name with the same words. */
  readonly #places = new Map<string, string>();
  /** The first name with the same known words. */
  readonly #known = new Map<string, { place: string; unknown: readonly string[] }>();

  /**
   * What is wrong with a name; undefined where nothing is.
   *
   * @param place What the name is called in messages about later ones: `line 3`.
   */
  findProblem(name: string, place: string): string | undefined {
    if (name.length > longestName) {
      return `it has ${name.length} characters, expected at most ${longestName}`;
    }
    if (/[\p{Cc}\u{fffd}]/u.test(name)) {
      return `${quoteName(name)} has control characters or broken text, expected plain text`;
    }
    if (isWordNetId(name)) return `${quoteName(name)} is an id of WordNet, expected a name`;
    const tokens = tokenize(name);
    if (tokens.length === 0) return `${quoteName(name)} has no letters and no digits`;
    // Names with the same words have the same text vector, so they cannot be told apart.
    const key = tokens.join(" ");
    const first = this.#places.get(key);
    if (first !== undefined) return `${quoteName(name)} is a duplicate of ${first}`;
    this.#places.set(key, place);
    return undefined;
  }

  /**
   * What is wrong with a name of which an encoder knows only some words: without the others it may be
   * the same as another. Asked of every name, also of those that are known whole.
   *
   * @param unknown Its words that are unknown.
   */
  findSameKnownWords(name: string, unknown: readonly string[], place: string): string | undefined {
    const left = new Set(unknown.flatMap(tokenize));
    const key = tokenize(name).filter((token) => !left.has(token)).join(" ");
    const first = this.#known.get(key);
    if (first === undefined) {
      this.#known.set(key, { place, unknown });
      return undefined;
    }
    const words = [...new Set([...first.unknown, ...unknown])].map(quoteName).join(", ");
    return `${quoteName(name)} is the same as ${first.place} but for unknown words: ${words}`;
  }
}
