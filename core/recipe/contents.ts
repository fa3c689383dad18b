/**
 * Hashes of what the user's own files hold, so that a cell is run again when they change.
 *
 * @module
 */

import { splitNames } from "../data/dataset.ts";
import { datasetFamilyOf, getDataset } from "../data/registry.ts";
import { hashJson, readFileIfPresent, sha256 } from "../files.ts";

/** Prefix of a list of class names. */
const filePrefix = "file:";

/**
 * Content key of a data set that its name does not tell: class names and fingerprints of its splits.
 * An image that is replaced by another of the same size and time is not noticed here, but in the
 * views' own hash.
 */
async function hashDataset(name: string): Promise<string> {
  const dataset = await getDataset(name);
  const splits: unknown[] = [];
  for (const split of splitNames(dataset)) splits.push([split, await dataset.fingerprint(split)]);
  return hashJson({ classNames: dataset.classNames, splits });
}

/**
 * Hashes of the data sets of families (image folders) and class-name files among names, by name. What cannot be read has
 * none: it is complained of where it is opened.
 *
 * @param names Names of data sets and texts, as recipes have them; others are passed over.
 */
export async function hashContents(names: Iterable<string>): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const name of new Set(names)) {
    let hash: string | undefined;
    if (datasetFamilyOf(name) !== undefined) {
      hash = await hashDataset(name).catch(() => undefined);
    } else if (name.startsWith(filePrefix)) {
      const bytes = await readFileIfPresent(name.slice(filePrefix.length)).catch(() => undefined);
      hash = bytes && sha256(bytes);
    }
    if (hash !== undefined) contents[name] = hash;
  }
  return contents;
}
