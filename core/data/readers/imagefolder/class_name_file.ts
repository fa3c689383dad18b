/**
 * Names of classes whose folders are called otherwise, from a file in the image folder:
 * `class_names.txt`, or the `LOC_synset_mapping.txt` that comes with ImageNet.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { describeForeignBytes } from "../../../foreign_file.ts";
import { readTextIfPresent } from "../../../files.ts";

/** Files that are looked for, the first one counts. */
const fileNames = ["class_names.txt", "LOC_synset_mapping.txt"] as const;

/**
 * Class names by folder. Each line has the name of a folder, a tab or spaces, and the class name; of
 * several names with commas between, the first counts. Empty lines are passed over.
 *
 * @returns Undefined where there is no such file.
 * @throws {DataError} for a line without a name, and for a folder that has two.
 */
export async function readFolderNames(
  root: string,
): Promise<{ path: string; names: ReadonlyMap<string, string> } | undefined> {
  for (const fileName of fileNames) {
    const path = join(root, fileName);
    const text = await readTextIfPresent(path);
    if (text === undefined) continue;
    const foreign = describeForeignBytes(new TextEncoder().encode(text.slice(0, 1000)));
    if (foreign !== undefined && text !== "") {
      throw new DataError(`Cannot read ${path}: it is ${foreign}`);
    }
    const names = new Map<string, string>();
    for (const [index, line] of text.replace(/^\u{feff}/u, "").split(/\r?\n/).entries()) {
      if (line.trim() === "") continue;
      // A folder's name may have spaces where a tab follows it.
      const match = /^([^\t]+)\t+(.+)$/.exec(line) ?? /^(\S+)\s+(.+)$/.exec(line);
      const name = match?.[2]?.split(",")[0]?.trim();
      if (!name) {
        throw new DataError(
          `${path}:${index + 1}: expected the name of a folder, a tab and a class name`,
        );
      }
      const folder = match![1]!.trim().normalize("NFC");
      const other = names.get(folder);
      if (other !== undefined && other !== name.normalize("NFC")) {
        throw new DataError(
          `${path}:${
            index + 1
          }: the folder "${folder}" is called "${other}" by an earlier line and ` +
            `"${name}" by this one; keep one of them`,
        );
      }
      names.set(folder, name.normalize("NFC"));
    }
    return { path, names };
  }
  return undefined;
}
