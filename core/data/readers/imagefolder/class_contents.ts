/**
 * The images below class folders. Every file is listed once: links are followed inside the folder
 * only, and only to what is not listed in its own place.
 *
 * @module
 */

import { dirname, extname, join, relative, sep } from "node:path";
import { imageExtensions } from "../../decoding/image_header.ts";
import type { SplitName } from "../../dataset.ts";
import { type SampleList, SampleListBuilder } from "../../sample_list.ts";
import { type DirectoryReader, readEntries } from "./directory_reader.ts";
import type { SkippedFiles } from "./skipped_files.ts";

/** Folders nested deeper than this are not looked into. */
const deepestFolder = 8;

/** Why names with a dot in front are not read. */
export const hiddenReason = "hidden: its name begins with a dot";
/** Why a link is not followed that cannot be. */
export const brokenLinkReason = "link leads nowhere, or where it may not be read";
/** Why what is neither file nor folder is not read. */
export const specialReason = "a pipe, a socket or a device, and no file";

/** A folder whose images are of one class. */
export interface ClassFolder {
  readonly split: SplitName;
  /** Name of the folder. */
  readonly name: string;
  /** Its path, links not resolved. */
  readonly path: string;
  /** Its path, links resolved. */
  readonly realPath: string;
}

/** What all listing of one root shares. */
export interface ListingContext {
  readonly reader: DirectoryReader;
  /** The root, links resolved. */
  readonly root: string;
  readonly skipped: SkippedFiles;
}

/** A link below a class folder. */
interface Link {
  readonly folder: number;
  readonly path: string;
  readonly depth: number;
}

/** Path below the root, with `/`: the id of an image. */
export function idOf(root: string, path: string): string {
  return sep === "/" && path.startsWith(root + "/")
    ? path.slice(root.length + 1)
    : relative(root, path).split(sep).join("/");
}

/** Whether a path is a folder itself or lies in it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

/** Lists class folders, one after the other. */
class Lister {
  readonly #context: ListingContext;
  readonly #folders: readonly ClassFolder[];
  /** Folders that are read, with links resolved, and what they are read as. */
  readonly #read: Map<string, string>;
  /** Files that links lead to. */
  readonly #linked = new Map<string, string>();
  links: Link[] = [];

  constructor(context: ListingContext, folders: readonly ClassFolder[]) {
    this.#context = context;
    this.#folders = folders;
    this.#read = new Map(folders.map(({ realPath, path }) => [realPath, path]));
  }

  /** Adds the ids of the images below a folder; links wait until all else is listed. */
  async list(folder: number, path: string, ids: string[], depth = 0): Promise<void> {
    const { reader, root, skipped } = this.#context;
    const { split } = this.#folders[folder]!;
    const below: string[] = [];
    const prefix = idOf(root, path);
    await readEntries(reader, path, (entry) => {
      const { name } = entry;
      if (name.startsWith(".")) {
        skipped.add(
          split,
          `${prefix}/${name}`,
          hiddenReason,
          entry.isDirectory ? "folder" : "file",
        );
      } else if (entry.isFile) {
        if (imageExtensions.has(extname(name).toLowerCase())) ids.push(`${prefix}/${name}`);
        else skipped.addEnding(split, `${prefix}/${name}`);
      } else if (entry.isSymlink) this.links.push({ folder, path: join(path, name), depth });
      else if (entry.isDirectory) below.push(name);
      else skipped.add(split, `${prefix}/${name}`, specialReason);
    });
    for (const name of below) {
      if (depth < deepestFolder) await this.list(folder, join(path, name), ids, depth + 1);
      else skipped.add(split, `${prefix}/${name}`, "nested too deep", "folder");
    }
  }

  /** What a folder or file is read as already; undefined where it is not. */
  #readAs(target: string): string | undefined {
    for (let path = target;; path = dirname(path)) {
      const folder = this.#read.get(path);
      if (folder !== undefined) return folder + target.slice(path.length);
      if (path === this.#context.root || path === dirname(path)) return undefined;
    }
  }

  /** Follows a link, adding the ids of what it leads to, or says why not. */
  async follow({ folder, path, depth }: Link, ids: string[]): Promise<void> {
    const { reader, root, skipped } = this.#context;
    const { split } = this.#folders[folder]!;
    const id = idOf(root, path);
    const refuse = (reason: string) => skipped.addLink(split, id, reason);
    let target: string, isDirectory: boolean, isFile: boolean;
    try {
      target = await reader.realPath(path);
      ({ isDirectory, isFile } = await reader.stat(target));
    } catch {
      return refuse(brokenLinkReason);
    }
    if (!isInside(target, root)) return refuse("link leaves the folder");
    const here = await reader.realPath(dirname(path));
    if (isDirectory && isInside(here, target)) {
      return refuse(`link leads back to the folder it is in: a loop through ${idOf(root, target)}`);
    }
    const already = this.#linked.get(target) ?? this.#readAs(target);
    const name = (other: string) => idOf(root, other);
    if (isDirectory) {
      const inside = [...this.#read].find(([real]) => isInside(real, target))?.[1];
      if (already !== undefined || inside !== undefined) {
        return refuse(`link to what is read already: ${name((already ?? inside)!)}`);
      }
      if (depth >= deepestFolder) return refuse("nested too deep");
      this.#read.set(target, path);
      await this.list(folder, path, ids, depth + 1);
    } else if (isFile && imageExtensions.has(extname(path).toLowerCase())) {
      if (already !== undefined) return refuse(`link to what is read already: ${name(already)}`);
      this.#linked.set(target, path);
      ids.push(id);
    } else if (isFile) skipped.addEnding(split, id);
    else refuse(specialReason);
  }
}

/**
 * Lists the images of class folders.
 *
 * @param labels Label of each folder's class.
 * @returns A list by split, in the order of the folders, ids sorted within each.
 */
export async function listClassFolders(
  context: ListingContext,
  folders: readonly ClassFolder[],
  labels: readonly number[],
): Promise<Map<SplitName, SampleList>> {
  const lister = new Lister(context, folders);
  const builders = new Map<SplitName, SampleListBuilder>();
  const ranges: [number, number][] = [];
  for (const [index, { split, path }] of folders.entries()) {
    const ids: string[] = [];
    await lister.list(index, path, ids);
    const builder = builders.get(split) ?? new SampleListBuilder();
    builders.set(split, builder);
    const first = builder.length;
    for (const id of ids.sort()) builder.add(id, labels[index]!);
    ranges.push([first, builder.length]);
  }
  const lists = new Map([...builders].map(([split, builder]) => [split, builder.build()]));
  const added = new Map<number, string[]>();
  while (lister.links.length > 0) {
    const links = lister.links.sort((a, b) => a.path < b.path ? -1 : 1);
    lister.links = [];
    for (const link of links) {
      const ids = added.get(link.folder) ?? [];
      added.set(link.folder, ids);
      await lister.follow(link, ids);
    }
  }
  return mergeLinked(lists, folders, labels, ranges, added);
}

/** Puts what links lead to in its place among the images of its folder. */
function mergeLinked(
  lists: Map<SplitName, SampleList>,
  folders: readonly ClassFolder[],
  labels: readonly number[],
  ranges: readonly (readonly [number, number])[],
  added: ReadonlyMap<number, readonly string[]>,
): Map<SplitName, SampleList> {
  if (![...added.values()].some((ids) => ids.length > 0)) return lists;
  const builders = new Map<SplitName, SampleListBuilder>();
  for (const [index, { split }] of folders.entries()) {
    const [first, end] = ranges[index]!;
    const list = lists.get(split)!;
    const ids = Array.from({ length: end - first }, (_, place) => list.id(first + place));
    ids.push(...added.get(index) ?? []);
    const builder = builders.get(split) ?? new SampleListBuilder();
    builders.set(split, builder);
    for (const id of ids.sort()) builder.add(id, labels[index]!);
  }
  return new Map([...builders].map(([split, builder]) => [split, builder.build()]));
}
