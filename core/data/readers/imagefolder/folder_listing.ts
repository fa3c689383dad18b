/**
 * The images of a folder: one folder per class, in split folders or divided by a seed.
 *
 * @module
 */

import { extname, join, relative, sep } from "node:path";
import { DataError } from "../../../errors.ts";
import { RandomStream } from "../../../random.ts";
import type { Sample, SkippedImage, SplitName } from "../../dataset.ts";

const splitNames: readonly SplitName[] = ["train", "dev", "val", "ood"];
const extensions = new Set([".jpg", ".jpeg", ".png", ".webp"]);
/** Seed of the division into train, dev and val where the folder has none. */
const divisionSeed = 0;
/** Least images of a class that can be divided: one for each of train, dev and val. */
const leastPerClass = 3;
/** Folders nested deeper than this are not looked into. */
const deepestFolder = 8;

/** What a folder holds. */
export interface FolderListing {
  /** The folder, with links resolved. */
  readonly root: string;
  /** Divided by the seed, for want of split folders. */
  readonly divided: boolean;
  readonly classNames: readonly string[];
  /** Samples by split; the id is the path relative to the root, with `/`. */
  readonly samples: ReadonlyMap<SplitName, readonly Sample[]>;
  /** Files that are not read at all: links that leave the folder. */
  readonly skipped: readonly SkippedImage[];
}

/** Class name of a folder: `sports_car` and `sports-car` are "sports car". */
export function classNameOfFolder(folder: string): string {
  return folder.replaceAll(/[_-]+/g, " ").trim();
}

async function childFolders(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    if (entry.name.startsWith(".")) continue;
    const isFolder = entry.isDirectory ||
      (entry.isSymlink && await Deno.stat(join(path, entry.name)).then(
        (target) => target.isDirectory,
        () => false,
      ));
    if (isFolder) names.push(entry.name);
  }
  return names.sort();
}

/** Image files below a class folder, sorted, as paths relative to the root. */
async function listImages(
  root: string,
  folder: string,
  skipped: SkippedImage[],
  depth = 0,
): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    const id = relative(root, path).split(sep).join("/");
    let { isFile, isDirectory } = entry;
    if (entry.isSymlink) {
      const target = await Deno.realPath(path).catch(() => undefined);
      if (target === undefined || !target.startsWith(root + sep)) {
        skipped.push({
          path: id,
          reason: target === undefined ? "link leads nowhere" : "link leaves the folder",
        });
        continue;
      }
      ({ isFile, isDirectory } = await Deno.stat(target));
    }
    if (isDirectory && depth < deepestFolder) {
      files.push(...await listImages(root, path, skipped, depth + 1));
    } else if (isFile && extensions.has(extname(entry.name).toLowerCase())) {
      files.push(id);
    }
  }
  return files.sort();
}

/** Class folders of one split folder: image ids by class folder. */
async function listClasses(
  root: string,
  folder: string,
  skipped: SkippedImage[],
): Promise<Map<string, string[]>> {
  const classes = new Map<string, string[]>();
  for (const name of await childFolders(folder)) {
    const path = join(folder, name);
    const target = await Deno.realPath(path);
    if (target !== root && !target.startsWith(root + sep)) {
      skipped.push({
        path: relative(root, path).split(sep).join("/"),
        reason: "link leaves the folder",
      });
      continue;
    }
    classes.set(name, await listImages(root, path, skipped));
  }
  return classes;
}

/** Images of a class by split: a tenth (at least one) each for dev and val, the rest for train. */
function divide(name: string, ids: readonly string[]): Map<SplitName, string[]> {
  const tenth = Math.max(1, Math.round(ids.length / 10));
  const parts = new Map<SplitName, string[]>([["train", []], ["dev", []], ["val", []]]);
  const order = new RandomStream(divisionSeed, "imagefolder", name).permutation(ids.length);
  order.forEach((index, place) => {
    const split = place < tenth ? "val" : place < 2 * tenth ? "dev" : "train";
    parts.get(split)!.push(ids[index]!);
  });
  for (const part of parts.values()) part.sort();
  return parts;
}

function checkClassNames(root: string, folders: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const folder of folders) {
    const name = classNameOfFolder(folder);
    const other = byName.get(name);
    if (name === "" || other !== undefined) {
      throw new DataError(
        name === ""
          ? `Class folder "${folder}" of ${root} gives an empty class name; rename it`
          : `Class folders "${other}" and "${folder}" of ${root} have the same class name ` +
            `"${name}"; rename one or join them`,
      );
    }
    byName.set(name, folder);
  }
  return [...byName.keys()];
}

/** Divides `PATH/class/…` by the seed. */
function dividedListing(root: string, classes: Map<string, string[]>): FolderListing["samples"] {
  const small = [...classes].filter(([, ids]) => ids.length < leastPerClass);
  if (small.length > 0) {
    throw new DataError(
      `Cannot divide ${root} into train, dev and val: ${
        small.slice(0, 10).map(([name, ids]) => `class folder "${name}" has ${ids.length} images`)
          .join(", ")
      }${
        small.length > 10 ? ` and ${small.length - 10} more` : ""
      }, wanted at least ${leastPerClass} (JPEG, PNG or WebP)`,
    );
  }
  const samples = new Map<SplitName, Sample[]>([["train", []], ["dev", []], ["val", []]]);
  for (const [label, [name, ids]] of [...classes].entries()) {
    for (const [split, part] of divide(name, ids)) {
      samples.get(split)!.push(...part.map((id) => ({ id, label })));
    }
  }
  return samples;
}

/** Takes `PATH/{train,dev,val,ood}/class/…` as it is. */
function splitListing(
  root: string,
  splits: Map<SplitName, Map<string, string[]>>,
): FolderListing["samples"] {
  const folders = [...splits.get("train")!.keys()];
  const empty = folders.filter((folder) => splits.get("train")!.get(folder)!.length === 0);
  if (empty.length > 0) {
    throw new DataError(
      `Class folders of ${join(root, "train")} without any JPEG, PNG or WebP image: ${
        empty.join(", ")
      }`,
    );
  }
  const samples = new Map<SplitName, Sample[]>();
  for (const [split, classes] of splits) {
    const unknown = [...classes.keys()].filter((folder) => !folders.includes(folder));
    if (unknown.length > 0) {
      throw new DataError(
        `${join(root, split)} has class folders that ${join(root, "train")} has not: ${
          unknown.join(", ")
        }`,
      );
    }
    const list = [...classes].flatMap(([folder, ids]) =>
      ids.map((id) => ({ id, label: folders.indexOf(folder) }))
    );
    if (list.length === 0) throw new DataError(`${join(root, split)} has no images`);
    samples.set(split, list);
  }
  return samples;
}

/**
 * Lists the images of a folder. It has split folders where it has `train` and either `val` or
 * nothing but split folders; else every folder in it is a class, and each class is divided
 * 80 / 10 / 10 by a fixed seed.
 *
 * @throws {DataError} where the folder is missing, has no images, or classes do not agree.
 */
export async function listFolder(path: string): Promise<FolderListing> {
  let root: string;
  let folders: string[];
  try {
    root = await Deno.realPath(path);
    folders = await childFolders(root);
  } catch (error) {
    throw new DataError(
      `Cannot read the image folder ${path}: ${
        error instanceof Error ? error.message : String(error)
      }`,
      { cause: error },
    );
  }
  const found = splitNames.filter((split) => folders.includes(split));
  const hasSplits = found.includes("train") &&
    (found.includes("val") || found.length === folders.length);
  const skipped: SkippedImage[] = [];
  if (hasSplits) {
    const splits = new Map<SplitName, Map<string, string[]>>();
    for (const split of found) {
      splits.set(split, await listClasses(root, join(root, split), skipped));
    }
    const classNames = checkClassNames(root, [...splits.get("train")!.keys()]);
    if (classNames.length === 0) throw new DataError(`${join(root, "train")} has no class folders`);
    return { root, divided: false, classNames, samples: splitListing(root, splits), skipped };
  }
  const classes = await listClasses(root, root, skipped);
  if (classes.size === 0) {
    throw new DataError(
      `${path} has no class folders; wanted ${path}/CLASS/… or ${path}/train/CLASS/… and ` +
        `${path}/val/CLASS/…`,
    );
  }
  const classNames = checkClassNames(root, [...classes.keys()]);
  return { root, divided: true, classNames, samples: dividedListing(root, classes), skipped };
}
