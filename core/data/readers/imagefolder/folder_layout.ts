/**
 * Which folders of an image folder are classes, links among them.
 *
 * @module
 */

import { dirname, extname, join } from "node:path";
import type { SplitName } from "../../dataset.ts";
import { type DirectoryEntry, readEntries } from "./directory_reader.ts";
import { imageExtensions } from "../../decoding/image_header.ts";
import {
  brokenLinkReason,
  type ClassFolder,
  hiddenReason,
  idOf,
  isInside,
  type ListingContext,
} from "./class_contents.ts";

/** A folder in a folder. */
export interface Folder {
  readonly name: string;
  readonly isSymlink: boolean;
}

/** Endings of pictures that are not read: beside class folders, other files are no pictures. */
const foreignExtensions: ReadonlySet<string> = new Set([
  ".bmp",
  ".heic",
  ".heif",
  ".ico",
  ".jp2",
  ".jxl",
  ".pbm",
  ".pgm",
  ".ppm",
  ".psd",
  ".svg",
  ".tga",
]);

/** Order of folders: that of their names in NFC. */
function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  const one = a.name.normalize("NFC"), other = b.name.normalize("NFC");
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * Folders in a folder, links to folders among them, sorted by their names in NFC.
 *
 * @param split Pictures that lie here, beside the folders, are left out of this split, or of no
 *   certain one where it is null; where absent, nothing is noted.
 */
export async function listChildren(
  { reader, root, skipped }: ListingContext,
  path: string,
  split?: SplitName | null,
): Promise<Folder[]> {
  const folders: Folder[] = [];
  const entries: DirectoryEntry[] = [];
  await readEntries(reader, path, ({ name, isDirectory, isFile, isSymlink }) => {
    entries.push({ name, isDirectory, isFile, isSymlink });
  });
  for (const { name, isDirectory, isFile, isSymlink } of entries) {
    if (name.startsWith(".")) {
      // What else is hidden beside classes belongs to no picture.
      if (split !== undefined && isDirectory) {
        skipped.add(split, idOf(root, join(path, name)), hiddenReason, "folder");
      }
      continue;
    }
    const target = isSymlink
      ? await reader.stat(join(path, name)).catch(() => undefined)
      : undefined;
    if (isDirectory || target?.isDirectory) folders.push({ name, isSymlink });
    else if (split === undefined) continue;
    else if (isSymlink && target === undefined) {
      skipped.add(split, idOf(root, join(path, name)), brokenLinkReason);
    } else if (
      (isFile || isSymlink) &&
      (imageExtensions.has(extname(name).toLowerCase()) ||
        foreignExtensions.has(extname(name).toLowerCase()))
    ) {
      skipped.add(split, idOf(root, join(path, name)), "not in a class folder");
    }
  }
  return folders.sort(compareNames);
}

/** A path and the folders above it, up to a root; the path alone where it lies outside. */
function pathAndParents(path: string, root: string): string[] {
  const paths = [path];
  while (path !== root && isInside(path, root)) paths.push(path = dirname(path));
  return paths;
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
  const accepted: ClassFolder[] = [];
  /** What is read of a folder: itself, or one below it. */
  const within = new Map<string, ClassFolder>();
  const read = new Map<string, ClassFolder>();
  const accept = (folder: ClassFolder) => {
    accepted.push(folder);
    read.set(folder.realPath, folder);
    for (const path of pathAndParents(folder.realPath, root)) {
      if (!within.has(path)) within.set(path, folder);
    }
  };
  own.forEach(accept);
  for (const link of links) {
    const id = idOf(root, link.path);
    const refuse = (reason: string) => skipped.addLink(link.split, id, reason);
    const above = pathAndParents(link.realPath, root).find((path) => read.has(path));
    const other = above === undefined ? within.get(link.realPath) : read.get(above);
    if (!isInside(link.realPath, root)) refuse("link leaves the folder");
    else if (isInside(splits.get(link.split)!, link.realPath)) {
      refuse("link leads back to a folder it is in: a loop");
    } else if (other !== undefined) {
      refuse(`link to what is read already: ${idOf(root, other.path)}`);
    } else accept(link);
  }
  // As they were: by split, then by name.
  const order = [...splits.keys()];
  return accepted.sort((a, b) =>
    order.indexOf(a.split) - order.indexOf(b.split) || compareNames(a, b)
  );
}
