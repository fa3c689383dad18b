/**
 * The images of a folder: one folder per class, in split folders or divided by a seed.
 *
 * @module
 */

import { extname, join } from "node:path";
import { DataError } from "../../../errors.ts";
import { RandomStream } from "../../../random.ts";
import type { SkippedImage, SplitInfo, SplitName } from "../../dataset.ts";
import { formatNames, imageExtensions } from "../../decoding/image_header.ts";
import { type SampleList, SampleListBuilder } from "../../sample_list.ts";
import { readFolderNames } from "./class_name_file.ts";
import { type ClassFolder, idOf, isInside, listClassFolders } from "./class_contents.ts";
import { type DirectoryReader, fileSystem } from "./directory_reader.ts";
import { SkippedFiles } from "./skipped_files.ts";
import { describeSplits, findSplitFolders, splitFolderNames } from "./split_folders.ts";

/** Seed of the division into train, dev and val where the folder has none. */
const divisionSeed = 0;
/** Least images of a class that can be divided: one for each of train, dev and val. */
const leastPerClass = 3;
/** Split of a folder's images before they are divided. */
const undivided = "";
/** Names that one message lists. */
const mostListed = 10;

/** What a folder holds. */
export interface FolderListing {
  /** The folder, with links resolved. */
  readonly root: string;
  readonly classNames: readonly string[];
  readonly splits: readonly SplitInfo[];
  /** Samples by split; the id is the path relative to the root, with `/`. */
  readonly samples: ReadonlyMap<SplitName, SampleList>;
  /** What is not read at all, by split; of a divided folder it belongs to every split. */
  skipped(split: SplitName): readonly SkippedImage[];
  /** What should be said of how the folder was read; sentences without a subject. */
  readonly notes: readonly string[];
}

/** Class name of a folder: `sports_car` and `sports-car` are "sports car"; composed Unicode (NFC). */
export function classNameOfFolder(folder: string): string {
  return folder.normalize("NFC").replaceAll(/[_-]+/g, " ").trim();
}

/** Some names for a message. */
function listed(names: readonly string[]): string {
  const more = names.length > mostListed ? ` and ${names.length - mostListed} more` : "";
  return names.slice(0, mostListed).join(", ") + more;
}

interface Folder {
  readonly name: string;
  readonly isSymlink: boolean;
}

/** Lists one root. */
class FolderReader {
  readonly #reader: DirectoryReader;
  readonly #path: string;
  readonly #root: string;
  readonly #skipped = new SkippedFiles();

  constructor(reader: DirectoryReader, path: string, root: string) {
    this.#reader = reader;
    this.#path = path;
    this.#root = root;
  }

  /**
   * Folders in a folder, links to folders among them, sorted by their names in NFC.
   *
   * @param split Told of images that lie here, beside the folders.
   */
  async children(path: string, split?: SplitName): Promise<Folder[]> {
    const folders: Folder[] = [];
    for await (const { name, isDirectory, isFile, isSymlink } of this.#reader.readDir(path)) {
      if (name.startsWith(".")) continue;
      const leadsToFolder = isSymlink && await this.#reader.stat(join(path, name)).then(
        (target) => target.isDirectory,
        () => false,
      );
      if (isDirectory || leadsToFolder) folders.push({ name, isSymlink });
      else if (
        split !== undefined && (isFile || isSymlink) &&
        imageExtensions.has(extname(name).toLowerCase())
      ) {
        this.#skipped.add(split, idOf(this.#root, join(path, name)), "not in a class folder");
      }
    }
    const key = ({ name }: Folder) => name.normalize("NFC");
    return folders.sort((a, b) => key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
  }

  /** Class folders of splits: those that are folders, and links to folders that are read nowhere else. */
  async #classFolders(
    splits: ReadonlyMap<SplitName, string>,
    children: ReadonlyMap<SplitName, readonly Folder[]>,
  ): Promise<ClassFolder[]> {
    const own: ClassFolder[] = [], links: ClassFolder[] = [];
    for (const [split, path] of splits) {
      const realFolder = await this.#reader.realPath(path);
      for (const { name, isSymlink } of children.get(split)!) {
        const folder = join(path, name);
        const realPath = isSymlink ? await this.#reader.realPath(folder) : join(realFolder, name);
        (isSymlink ? links : own).push({ split, name, path: folder, realPath });
      }
    }
    const accepted = [...own];
    for (const link of links) {
      const id = idOf(this.#root, link.path);
      const refuse = (reason: string) => this.#skipped.addLink(link.split, id, reason);
      const other = accepted.find(({ realPath }) =>
        isInside(realPath, link.realPath) || isInside(link.realPath, realPath)
      );
      if (!isInside(link.realPath, this.#root)) refuse("link leaves the folder");
      else if (isInside(splits.get(link.split)!, link.realPath)) {
        refuse("link leads back to a folder it is in: a loop");
      } else if (other !== undefined) {
        refuse(`link to what is read already: ${idOf(this.#root, other.path)}`);
      } else accepted.push(link);
    }
    const kept = new Set(accepted);
    // As they were: by split, then by name.
    const order = [...splits.keys()];
    const key = ({ name }: ClassFolder) => name.normalize("NFC");
    return [...kept].sort((a, b) =>
      order.indexOf(a.split) - order.indexOf(b.split) || (key(a) < key(b) ? -1 : 1)
    );
  }

  /** Why a folder with one class or none cannot serve, and which one was probably meant. */
  async #tooFewClasses(
    folder: string,
    classes: readonly ClassFolder[],
  ): Promise<DataError> {
    const only = classes[0];
    const name = only && join(folder, only.name);
    const below = name === undefined ? [] : await this.children(name);
    const links = this.#skipped.all().filter(({ reason }) => reason.startsWith("link"));
    const refused = links.length === 0
      ? ""
      : `; not followed: ${listed(links.map(({ path, reason }) => `${path} (${reason})`))}`;
    const hint = below.length >= 2
      ? `. Did you mean imagefolder:${name}, which has ${below.length} folders?`
      : "";
    return new DataError(
      only === undefined
        ? `${folder} has no class folders${refused}; expected ${this.#path}/CLASS/… or ` +
          `${this.#path}/train/CLASS/… and ${this.#path}/val/CLASS/…`
        : `${folder} has one class folder, "${only.name}"${refused}; expected at least two, one ` +
          `for each class${hint}`,
    );
  }

  /** Names of the classes, from their folders or from a file beside them. */
  async #nameClasses(folder: string, classes: readonly ClassFolder[]): Promise<string[]> {
    const given = await readFolderNames(this.#root);
    const missing = classes.filter(({ name }) => !given?.names.has(name.normalize("NFC")));
    if (given !== undefined && missing.length > 0 && classes.length > 0) {
      throw new DataError(
        `${given.path} has no names for these class folders of ${folder}: ${
          listed(missing.map(({ name }) => name))
        }`,
      );
    }
    const byName = new Map<string, string>();
    for (const { name: own } of classes) {
      const name = given?.names.get(own.normalize("NFC")) ?? classNameOfFolder(own);
      const other = byName.get(name);
      if (name === "" || other !== undefined) {
        throw new DataError(
          name === ""
            ? `Class folder "${own}" of ${folder} gives an empty class name; rename it`
            : `Class folders "${other}" and "${own}" of ${folder} have the same class name ` +
              `"${name}"; rename one or join them`,
        );
      }
      byName.set(name, own);
    }
    return [...byName.keys()];
  }

  /** Why links were not followed below some folders, for a message about what is missing there. */
  #linkReasons(split: SplitName, paths: readonly string[]): string {
    const reasons = new Map<string, number>();
    for (const { path, reason } of this.#skipped.of(split)) {
      if (paths.some((folder) => path.startsWith(`${folder}/`))) {
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
    if (reasons.size === 0) return "";
    const all = [...reasons].slice(0, mostListed).map(([reason, count]) => `${count}: ${reason}`);
    return `; left out there: ${all.join(", ")}`;
  }

  /** Divides `PATH/class/…` by the seed. */
  async divided(): Promise<FolderListing> {
    const splits = new Map([[undivided, this.#root]]);
    const children = new Map([[undivided, await this.children(this.#root, undivided)]]);
    const classes = await this.#classFolders(splits, children);
    const classNames = await this.#nameClasses(this.#root, classes);
    if (classes.length < 2) throw await this.#tooFewClasses(this.#path, classes);
    const labels = classes.map((_, label) => label);
    const context = { reader: this.#reader, root: this.#root, skipped: this.#skipped };
    const list = (await listClassFolders(context, classes, labels)).get(undivided)!;
    const ends = classEnds(list, classes.length);
    const counts = ends.map((end, label) => end - (ends[label - 1] ?? 0));
    const small = classes.filter((_, label) => counts[label]! < leastPerClass);
    if (small.length > 0) {
      const sizes = small.map((folder) =>
        `class folder "${folder.name}" has ${counts[classes.indexOf(folder)]} images`
      );
      throw new DataError(
        `Cannot divide ${this.#root} into train, dev and val: ${
          listed(sizes)
        }, expected at least ` +
          `${leastPerClass} (${formatNames})${
            this.#linkReasons(undivided, small.map(({ path }) => idOf(this.#root, path)))
          }`,
      );
    }
    const builders = new Map<SplitName, SampleListBuilder>(
      ["train", "dev", "val"].map((split) => [split, new SampleListBuilder()]),
    );
    for (const [label, { name }] of classes.entries()) {
      const first = ends[label - 1] ?? 0;
      for (const [split, places] of divide(name, counts[label]!)) {
        for (const place of places) builders.get(split)!.add(list.id(first + place), label);
      }
    }
    const samples = new Map([...builders].map(([split, builder]) => [split, builder.build()]));
    const skipped = this.#skipped.all();
    return {
      root: this.#root,
      classNames,
      splits: describeSplits(new Map([...samples.keys()].map((split) => [split, split]))),
      samples,
      skipped: () => skipped,
      notes: this.#notes([]),
    };
  }

  #notes(notes: readonly string[]): string[] {
    const summary = this.#skipped.summary();
    return [...notes, ...(summary === undefined ? [] : [summary])];
  }

  /** Takes `PATH/{train,dev,val,test,ood}/class/…` as it is. */
  async split(folders: ReadonlyMap<SplitName, string>): Promise<FolderListing> {
    const notes: string[] = [];
    const used = new Map<SplitName, string>();
    const children = new Map<SplitName, readonly Folder[]>();
    for (const [split, folder] of folders) {
      const path = join(this.#root, folder);
      const own = await this.children(path, split);
      // A test set without labels has no class folders: nothing can be measured on it.
      if (split === "test" && own.length === 0) {
        notes.push(`the folder ${folder} has no class folders and is not used`);
        continue;
      }
      if (folder !== split) notes.push(`the folder ${folder} is the split "${split}"`);
      used.set(split, folder);
      children.set(split, own);
    }
    const paths = new Map([...used].map(([split, folder]) => [split, join(this.#root, folder)]));
    const classes = await this.#classFolders(paths, children);
    const trainFolders = classes.filter(({ split }) => split === "train");
    const train = paths.get("train")!;
    const classNames = await this.#nameClasses(train, trainFolders);
    if (trainFolders.length === 0) throw new DataError(`${train} has no class folders`);
    if (trainFolders.length < 2) throw await this.#tooFewClasses(train, trainFolders);
    const labelOf = new Map(trainFolders.map(({ name }, label) => [name.normalize("NFC"), label]));
    for (const [split, path] of paths) {
      const unknown = classes.filter((folder) =>
        folder.split === split && !labelOf.has(folder.name.normalize("NFC"))
      );
      if (unknown.length > 0) {
        throw new DataError(
          `${path} has class folders that ${train} has not: ${
            listed(unknown.map(({ name }) => name))
          }`,
        );
      }
    }
    const labels = classes.map(({ name }) => labelOf.get(name.normalize("NFC"))!);
    const context = { reader: this.#reader, root: this.#root, skipped: this.#skipped };
    const samples = await listClassFolders(context, classes, labels);
    this.#checkSamples(train, trainFolders, samples, paths);
    return {
      root: this.#root,
      classNames,
      splits: describeSplits(used),
      samples: new Map([...used.keys()].map((split) => [split, samples.get(split)!])),
      skipped: (split) => this.#skipped.of(split),
      notes: this.#notes(notes),
    };
  }

  /** @throws {DataError} where a class to train on, or a split, has no images. */
  #checkSamples(
    train: string,
    folders: readonly ClassFolder[],
    samples: ReadonlyMap<SplitName, SampleList>,
    paths: ReadonlyMap<SplitName, string>,
  ): void {
    const ends = classEnds(samples.get("train")!, folders.length);
    const empty = folders.filter((_, label) => ends[label] === (ends[label - 1] ?? 0));
    if (empty.length > 0) {
      throw new DataError(
        `Class folders of ${train} without any JPEG, PNG or WebP image (nor GIF, TIFF or AVIF): ${
          listed(empty.map(({ name }) => name))
        }${this.#linkReasons("train", empty.map(({ path }) => idOf(this.#root, path)))}`,
      );
    }
    for (const [split, path] of paths) {
      if ((samples.get(split)?.length ?? 0) === 0) throw new DataError(`${path} has no images`);
    }
  }
}

/** End of each class's images in a list that is sorted by class. */
function classEnds(list: SampleList, classes: number): number[] {
  const ends = new Array<number>(classes).fill(0);
  for (const label of list.labels()) ends[label]!++;
  for (let label = 1; label < classes; label++) ends[label]! += ends[label - 1]!;
  return ends;
}

/** Places of a class's images by split: a tenth (at least one) each for dev and val, the rest train. */
function divide(name: string, count: number): Map<SplitName, number[]> {
  const tenth = Math.max(1, Math.round(count / 10));
  const parts = new Map<SplitName, number[]>([["train", []], ["dev", []], ["val", []]]);
  const order = new RandomStream(divisionSeed, "imagefolder", name).permutation(count);
  order.forEach((index, place) => {
    const split = place < tenth ? "val" : place < 2 * tenth ? "dev" : "train";
    parts.get(split)!.push(index);
  });
  for (const part of parts.values()) part.sort((a, b) => a - b);
  return parts;
}

/**
 * Lists the images of a folder. It has split folders where it has `train` and another split, or
 * nothing but split folders; else every folder in it is a class, and each class is divided
 * 80 / 10 / 10 by a fixed seed.
 *
 * @param reader Reads folders. @default {the file system}
 * @throws {DataError} where the folder is missing, has fewer than two classes or no images, or classes
 *   do not agree.
 */
export async function listFolder(
  path: string,
  reader: DirectoryReader = fileSystem,
): Promise<FolderListing> {
  let lister: FolderReader;
  let folders: string[];
  let root: string;
  try {
    root = await reader.realPath(path);
    lister = new FolderReader(reader, path, root);
    folders = (await lister.children(root)).map(({ name }) => name);
  } catch (error) {
    throw new DataError(
      `Cannot read the image folder ${path}: ${
        error instanceof Error ? error.message : String(error)
      }`,
      { cause: error },
    );
  }
  const splits = findSplitFolders(root, folders);
  const held = splits.has("val") || splits.has("test");
  const nothingElse = splits.size > 0 && splits.size === folders.length;
  const hasClasses = async (folder: string) =>
    (await lister.children(join(root, folder))).length > 0;
  if (splits.has("train") && (held || nothingElse)) {
    // Images of trains in a folder beside those of tests are classes, not splits.
    if (await hasClasses(splits.get("train")!)) return await lister.split(splits);
    const others = [...splits.values()].slice(1);
    if ((await Promise.all(others.map(hasClasses))).some((has) => has)) {
      throw new DataError(`${join(root, splits.get("train")!)} has no class folders`);
    }
  } else if (nothingElse && splits.size > 1) {
    throw new DataError(
      `${path} has split folders (${[...splits.values()].join(", ")}) and none to train on; ` +
        `expected train among ${splitFolderNames}`,
    );
  }
  return await lister.divided();
}
