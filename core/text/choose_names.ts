/**
 * Class names of text banks that are a part of a list, or several lists together.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { RandomStream } from "../random.ts";
import { tokenize } from "./tokenize.ts";

/**
 * Some of the names, drawn without replacement, in their order. The draw depends on the number of names
 * alone, and a smaller one is a part of a larger one.
 *
 * @throws {ConfigError} where there are not as many.
 */
export function drawNames(names: readonly string[], count: number, source: string): string[] {
  if (count > names.length) {
    throw new ConfigError(
      `Cannot draw ${count} class names of ${source}: it has ${names.length}; use a smaller count`,
    );
  }
  const random = new RandomStream(0, "class names of a text bank", names.length);
  const chosen = [...random.permutation(names.length)].slice(0, count);
  return chosen.sort((a, b) => a - b).map((index) => names[index]!);
}

/** The names of all lists, each with the same words once, in the order in which they are met. */
export function uniteNames(lists: readonly (readonly string[])[]): string[] {
  const met = new Map<string, string>();
  for (const name of lists.flat()) {
    const key = tokenize(name).join(" ");
    if (!met.has(key)) met.set(key, name);
  }
  return [...met.values()];
}
