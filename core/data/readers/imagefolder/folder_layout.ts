/**
 * Which folders of an image folder are classes, links among them.
 *
 * @module
 */

import { extname, join } from "node:path";
import type { SplitName } from "../../dataset.ts";
import { imageExtensions } from "../../decoding/image_header.ts";
import { type ClassFolder, idOf, isInside, type ListingContext } from "./class_contents.ts";

/** A folder in a folder. */
export interface Folder {
  readonly name: string;
  readonly isSymlink: boolean;
}

/** Order of folders: that of their names in NFC. */
function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  const one = a.name.normalize("NFC"), other = b.name.normalize("NFC");
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * Folders in a folder, links to folders among them, sorted by their names in NFC.
 *
 * @param split Images that lie here, beside the folders, are left out of this split.
 */
export async function listChildren(
  { reader, root, skipped }: ListingContext,
  path: string,
  split?: SplitName,
): Promise<Folder[]> {
  const folders: Folder[] = [];
  for await (const { name, isDirectory, isFile, isSymlink } of reader.readDir(path)) {
    if (name.startsWith(".")) continue;
    const leadsToFolder = isSymlink && await reader.stat(join(path, name)).then(
      (target) => target.isDirectory,
      () => false,
    );
    if (isDirectory || leadsToFolder) folders.push({ name, isSymlink });
    else if (
      split !== undefined && (isFile || isSymlink) &&
      imageExtensions.has(extname(name).toLowerCase())
    ) {
      skipped.add(split, idOf(root, join(path, name)), "not in a class folder");
    }
  }
  return folders.sort(compareNames);
}

/** Class folders of splits: those that are folders, and links to folders that are read nowhere else. */
export async function findClassFolders(
  { reader, root, skipped }: ListingContext,
  splits: ReadonlyMap<SplitName, string>,
  children: ReadonlyMap<SplitName, readonly Folder[]>,
): Promise<ClassFolder[]> {
  const own: ClassFolder[] = [], links: ClassFolder[] = [];
  for (const [split, path] of splits) {
    const realFolder = await reader.realPath(path);
    for (const { name, isSymlink } of children.get(split)!) {
      const folder = join(path, name);
      const realPath = isSymlink ? await reader.realPath(folder) : join(realFolder, name);
      (isSymlink ? links : own).push({ split, name, path: folder, realPath });
    }
  }
  const accepted = [...own];
  for (const link of links) {
    const id = idOf(root, link.path);
    const refuse = (reason: string) => skipped.addLink(link.split, id, reason);
    const other = accepted.find(({ realPath }) =>
      isInside(realPath, link.realPath) || isInside(link.realPath, realPath)
    );
    if (!isInside(link.realPath, root)) refuse("link leaves the folder");
    else if (isInside(splits.get(link.split)!, link.realPath)) {
      refuse("link leads back to a folder it is in: a loop");
    } else if (other !== undefined) {
      refuse(`link to what is read already: ${idOf(root, other.path)}`);
    } else accepted.push(link);
  }
  const kept = new Set(accepted);
  // As they were: by split, then by name.
  const order = [...splits.keys()];
  return [...kept].sort((a, b) =>
    order.indexOf(a.split) - order.indexOf(b.split) || compareNames(a, b)
  );
}
