/**
 * Class names of a data set as texts: whether a text encoder can tell them apart at all.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { areNumbers, NameChecker, quoteName } from "./name_problems.ts";
import { tokenize } from "./tokenize.ts";

/** Most problems that one message lists; the rest is counted. */
const mostListed = 20;

const wayOut =
  "Give the classes names that say what is to be seen: rename the folders, or write a " +
  "file class_names.txt beside them with a line `FOLDER<tab>NAME` for each; for LGD alone, a list " +
  "of names by --text file:PATH serves too";

/**
 * Checks names from which a text bank is to be built.
 *
 * @param source Where the names come from, for messages: `data set imagefolder:photos`.
 * @param options.unknownWords Words of a text that the text encoder does not know.
 * @returns Warnings: names of which some words, but not all, are unknown.
 * @throws {ConfigError} listing the names that are ids or numbers, have the same words as another,
 *   or no word that is known.
 */
export async function validateTextNames(
  names: readonly string[],
  source: string,
  options: { readonly unknownWords?: (text: string) => Promise<readonly string[]> } = {},
): Promise<string[]> {
  const checker = new NameChecker();
  const problems: string[] = [], warnings: string[] = [];
  if (areNumbers(names)) {
    problems.push(`all ${names.length} names are numbers (${names.slice(0, 3).join(", ")} …)`);
  }
  for (const name of names) {
    const problem = checker.findProblem(name, quoteName(name));
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    const unknown = await options.unknownWords?.(name) ?? [];
    if (unknown.length === 0) continue;
    const list = unknown.map(quoteName).join(", ");
    const isUnknown = new Set(unknown.flatMap(tokenize));
    if (tokenize(name).every((token) => isUnknown.has(token))) {
      problems.push(`${quoteName(name)}: no word of it is known to the text encoder`);
    } else warnings.push(`${source}: ${list} in ${quoteName(name)} is unknown and left out`);
  }
  if (problems.length > 0) {
    const listed = problems.slice(0, mostListed).map((problem) => `\n  ${problem}`).join("");
    const more = problems.length > mostListed ? `\n  and ${problems.length - mostListed} more` : "";
    throw new ConfigError(
      `Cannot use the class names of ${source} as texts:${listed}${more}\n  ${wayOut}`,
    );
  }
  return warnings;
}
