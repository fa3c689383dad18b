/**
 * Class names of a data set as texts: whether a text encoder can tell them apart at all.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import type { LeftOutItem } from "../left_out.ts";
import { areNumbers, NameChecker, quoteName } from "./name_problems.ts";
import { tokenize } from "./tokenize.ts";

/** Most problems that one message lists; the rest is counted. */
const mostListed = 20;

/** Most names with unknown words that are told one by one. */
const mostWarnings = 20;

const folderWayOut =
  "Give the classes names that say what is to be seen: rename the folders, or write a " +
  "file class_names.txt beside them with a line `FOLDER<tab>NAME` for each; for LGD alone, a list " +
  "of names by --text file:PATH serves too";

/** Looks up which words of a text an encoder does not know. */
export type UnknownWords = (text: string) => Promise<readonly string[]>;

/** Whether a word is worth telling: the t of "t-shirt" is a piece of one, and says nothing. */
function isTold(word: string): boolean {
  return [...word].length > 1;
}

/** Words of names that a text encoder does not know, for the ledger of what is left out. */
export async function findUnknownWords(
  names: readonly string[],
  unknownWords: UnknownWords,
): Promise<LeftOutItem[]> {
  const found: LeftOutItem[] = [];
  for (const name of names) {
    for (const word of (await unknownWords(name)).filter(isTold)) {
      const path = `${quoteName(word)} in ${quoteName(name)}`;
      found.push({ path, reason: "an unknown word beside known ones", unit: "word" });
    }
  }
  return found;
}

/**
 * Checks names from which a text bank is to be built.
 *
 * @param source Where the names come from, for messages: `data set imagefolder:photos`.
 * @param options.unknownWords Words of a text that the text encoder does not know.
 * @param options.wayOut What the user can do about a problem. @default {names of folders}
 * @returns Warnings: names of which some words, but not all, are unknown.
 * @throws {ConfigError} listing the names that are ids or numbers, have the same words as another,
 *   or no word that is known.
 */
export async function validateTextNames(
  names: readonly string[],
  source: string,
  options: { readonly unknownWords?: UnknownWords; readonly wayOut?: string | undefined } = {},
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
    const isUnknown = new Set(unknown.flatMap(tokenize));
    if (tokenize(name).every((token) => isUnknown.has(token))) {
      problems.push(`${quoteName(name)}: no word of it is known to the text encoder`);
      continue;
    }
    const same = checker.findSameKnownWords(name, unknown, quoteName(name));
    if (same !== undefined) {
      problems.push(same);
      continue;
    }
    const told = unknown.filter(isTold).map(quoteName).join(", ");
    if (told !== "") {
      warnings.push(`${source}: ${told} in ${quoteName(name)} is unknown and left out`);
    }
  }
  if (warnings.length > mostWarnings) {
    const more = warnings.length - mostWarnings;
    warnings.length = mostWarnings;
    warnings.push(`${source}: ${more} more names have unknown words, which are left out`);
  }
  if (problems.length > 0) {
    const listed = problems.slice(0, mostListed).map((problem) => `\n  ${problem}`).join("");
    const more = problems.length > mostListed ? `\n  and ${problems.length - mostListed} more` : "";
    throw new ConfigError(
      `Cannot use the class names of ${source} as texts:${listed}${more}\n  ${
        options.wayOut ?? folderWayOut
      }`,
    );
  }
  return warnings;
}
