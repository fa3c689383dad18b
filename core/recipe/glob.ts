/**
 * Globs for names: `*`, `?`, `{a,b}`.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";

/** Most patterns that the braces of a glob may stand for. */
const mostAlternatives = 1000;

/** Every pattern without braces that a part of a glob stands for. */
function expandBraces(part: string, glob: string): string[] {
  const open = part.indexOf("{");
  if (open < 0) return [part];
  let depth = 0;
  let start = open + 1;
  const choices: string[] = [];
  for (let index = open; index < part.length; index++) {
    const character = part[index];
    if (character === "{") depth++;
    else if (character === "," && depth === 1) {
      choices.push(part.slice(start, index));
      start = index + 1;
    } else if (character === "}" && --depth === 0) {
      choices.push(part.slice(start, index));
      const before = part.slice(0, open);
      const rest = expandBraces(part.slice(index + 1), glob);
      const inner = choices.flatMap((choice) => expandBraces(choice, glob));
      if (inner.length * rest.length > mostAlternatives) {
        throw new ConfigError(
          `The pattern "${glob}" has too many alternatives in braces: expected at most ` +
            mostAlternatives,
        );
      }
      return inner.flatMap((choice) => rest.map((end) => `${before}${choice}${end}`));
    }
  }
  throw new ConfigError(`The pattern "${glob}" has a "{" that is not closed`);
}

/** Whether a name fits a pattern of `*` and `?`; at most length × length steps. */
function fits(pattern: string, name: string): boolean {
  let place = 0, at = 0, star = -1, starAt = 0;
  while (at < name.length) {
    if (pattern[place] === "*") {
      star = place++;
      starAt = at;
    } else if (place < pattern.length && (pattern[place] === "?" || pattern[place] === name[at])) {
      place++;
      at++;
    } else if (star >= 0) {
      // The last star takes one character more.
      place = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[place] === "*") place++;
  return place === pattern.length;
}

/**
 * A glob (`*`, `?`, `{a,b}`) as a test of whole names.
 *
 * @throws {ConfigError} where a brace is not closed, or there are too many alternatives.
 */
export function compileGlob(glob: string): (name: string) => boolean {
  const patterns = expandBraces(glob, glob);
  return (name) => patterns.some((pattern) => fits(pattern, name));
}
