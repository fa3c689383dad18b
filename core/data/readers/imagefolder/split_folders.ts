/**
 * Which folders are splits, by their usual names.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { SplitInfo, SplitName } from "../../dataset.ts";

/** Names of folders, in lower case, by the split that they mean; in the order of the splits. */
const namesBySplit: ReadonlyMap<SplitName, readonly string[]> = new Map([
  ["train", ["train", "training"]],
  ["dev", ["dev", "tune"]],
  ["val", ["val", "valid", "validation"]],
  ["test", ["test", "testing"]],
  ["ood", ["ood"]],
]);

/** The names, for messages. */
export const splitFolderNames = "train, dev, val (valid, validation), test and ood";

/** The split that a folder's name means; undefined for any other folder. */
function splitOfFolder(folder: string): SplitName | undefined {
  const name = folder.toLowerCase();
  return [...namesBySplit].find(([, names]) => names.includes(name))?.[0];
}

/**
 * Split folders among folders, by split, in the order of the splits.
 *
 * @throws {DataError} where two mean the same split.
 */
export function findSplitFolders(
  root: string,
  folders: readonly string[],
): Map<SplitName, string> {
  const found = new Map<SplitName, string>();
  for (const split of namesBySplit.keys()) {
    const own = folders.filter((folder) => splitOfFolder(folder) === split);
    if (own.length > 1) {
      throw new DataError(
        `${root} has several folders for the split "${split}": ${
          own.join(", ")
        }. Join or rename them`,
      );
    }
    if (own[0] !== undefined) found.set(split, own[0]);
  }
  return found;
}

/**
 * What splits are for. Where there is a `test`, `val` serves to choose settings; where there is none,
 * `val` is what is reported, as with ImageNet.
 *
 * @param folders Folder of each split; its own name where it has none.
 */
export function describeSplits(folders: ReadonlyMap<SplitName, string>): SplitInfo[] {
  return [...folders].map(([name, folder]) => ({
    name,
    role: name === "train"
      ? "train"
      : name === "dev" || (name === "val" && folders.has("test"))
      ? "tune"
      : "test",
    title: folder === name ? name : `${name} (folder ${folder})`,
  }));
}
