/**
 * Splits names and captions into words.
 *
 * @module
 */

/**
 * Words of a text: lower case, without accents (compatibility decomposition, marks dropped) and
 * without the possessive 's; everything that is no letter and no digit separates words, hyphens
 * and underscores too.
 *
 * @example
 * ```ts
 * import { tokenize } from "./tokenize.ts";
 * tokenize("Jack-o’-Lantern"); // ["jack", "o", "lantern"]
 * tokenize("men's room"); // ["men", "room"]
 * ```
 */
export function tokenize(text: string): string[] {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/['’]s(?![\p{L}\p{N}])/gu, "")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}
