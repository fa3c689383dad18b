/**
 * Class folders that look like something else: splits, or copies of one data set.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import type { SampleList } from "../../sample_list.ts";
import type { ClassFolder } from "./class_contents.ts";
import { listNames } from "./folder_names.ts";
import { splitFolderNames } from "./split_folders.ts";

/** A word that names a split, as in `seg_train`, `test-images`, `val2`, `unlabeled`. */
const splitWord =
  /^(train|test|val|valid|validation|eval|evaluation|dev|devel|holdout|unlabell?ed|extra|ood)(ing|s|set|data|images?|imgs?)?\d*$/;

/** Whether the name of a folder has a word that names a split. */
function looksLikeSplit(name: string): boolean {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z0-9]+/)
    .some((word) => splitWord.test(word));
}

/** The folders in a class folder; none where it holds images itself. */
function subfoldersOf(list: SampleList, first: number, end: number, depth: number): Set<string> {
  const found = new Set<string>();
  for (let index = first; index < end; index++) {
    const parts = list.id(index).split("/");
    if (parts.length <= depth + 1) return new Set();
    found.add(parts[depth]!);
  }
  return found;
}

/**
 * Looks for class folders that hold no images themselves, but the same folders as others: then those are
 * probably the classes.
 *
 * @param path The folder in which the class folders are.
 * @param list Its images, sorted by class.
 * @param ends End of each class's images in the list.
 * @param depth Folders of an image's id down to that of the class: 1 for `cat/1.png`.
 * @returns What should be said; undefined where there is nothing strange.
 * @throws {DataError} where they have the names of splits.
 */
export function checkSubfolders(
  path: string,
  folders: readonly Pick<ClassFolder, "name">[],
  list: SampleList,
  ends: readonly number[],
  depth: number,
): string | undefined {
  const subfolders = folders.map((_, label) =>
    subfoldersOf(list, ends[label - 1] ?? 0, ends[label]!, depth)
  );
  const holders = new Map<string, number>();
  for (const name of subfolders.flatMap((names) => [...names])) {
    holders.set(name, (holders.get(name) ?? 0) + 1);
  }
  const shared = [...holders].filter(([, count]) => count > 1).map(([name]) => name);
  const isShared = new Set(shared);
  const nested = folders
    .filter((_, label) => [...subfolders[label]!].filter((name) => isShared.has(name)).length > 1)
    .map(({ name }) => name);
  const named = folders.filter(({ name }) => looksLikeSplit(name)).map(({ name }) => name);
  // Two split names serve where the second split has no classes, as a test set without labels.
  const hasClasses = folders.some(({ name }, label) =>
    looksLikeSplit(name) && subfolders[label]!.size > 1
  );
  if (nested.some(looksLikeSplit) || (named.length > 1 && hasClasses)) {
    throw new DataError(
      `${path} has folders that look like splits (${
        listNames(named)
      }), not like classes; expected ` +
        `train beside another of ${splitFolderNames}: rename them, or give one of them ` +
        `(imagefolder:${join(path, named[0]!)})`,
    );
  }
  if (nested.length < 2) return undefined;
  return `the class folders ${listNames(nested)} hold no images themselves, but the same folders ` +
    `(${listNames(shared)}); if those are the classes, give imagefolder:${join(path, nested[0]!)}`;
}
