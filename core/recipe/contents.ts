/**
 * Hashes of what the user's own files hold, so that a cell is run again when they change.
 *
 * @module
 */

import { join } from "node:path";
import { listFolder } from "../data/readers/imagefolder/folder_listing.ts";
import { hashJson, readFileIfPresent, sha256 } from "../files.ts";

/** Prefix of a data set that is a folder. */
const folderPrefix = "imagefolder:";
/** Prefix of a list of class names. */
const filePrefix = "file:";

/**
 * SHA-256 of the listing of an image folder: splits, paths, labels and sizes of the files. It costs
 * one look at each file's entry, not its bytes: an image that is replaced by another of the same
 * size in bytes is not noticed here, but in the views' own hash.
 */
async function hashFolder(path: string): Promise<string> {
  const { root, classNames, samples } = await listFolder(path);
  const splits: unknown[] = [];
  for (const [split, list] of samples) {
    const sizes = new Array<number>(list.length);
    for (let index = 0; index < list.length; index++) {
      sizes[index] = (await Deno.stat(join(root, list[index]!.id))).size;
    }
    splits.push([split, list.map(({ id, label }, index) => [id, label, sizes[index]])]);
  }
  return hashJson({ classNames, splits });
}

/**
 * Hashes of the image folders and class-name files among names, by name. What cannot be read has
 * none: it is complained of where it is opened.
 *
 * @param names Names of data sets and texts, as recipes have them; others are passed over.
 */
export async function hashContents(names: Iterable<string>): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const name of new Set(names)) {
    let hash: string | undefined;
    if (name.startsWith(folderPrefix)) {
      hash = await hashFolder(name.slice(folderPrefix.length)).catch(() => undefined);
    } else if (name.startsWith(filePrefix)) {
      const bytes = await readFileIfPresent(name.slice(filePrefix.length)).catch(() => undefined);
      hash = bytes && sha256(bytes);
    }
    if (hash !== undefined) contents[name] = hash;
  }
  return contents;
}
