/**
 * The images of a folder: one folder per class, in split folders or divided by a seed.
 *
 * @module
 */

import { dirname, extname, join } from "node:path";
import { DataError } from "../../../errors.ts";
import type { SkippedImage, SplitInfo, SplitName } from "../../dataset.ts";
import { formatNames, imageExtensions } from "../../decoding/image_header.ts";
import { type SampleList, SampleListBuilder } from "../../sample_list.ts";

import { checkSubfolders } from "./class_subfolders.ts";
import { type ClassFolder, idOf, listClassFolders, type ListingContext } from "./class_contents.ts";
import { type DirectoryReader, fileSystem, readEntries } from "./directory_reader.ts";
import { classEnds, divideClass, leastPerClass } from "./division.ts";
import { findClassFolders, type Folder, listChildren } from "./folder_layout.ts";
import { listNames, nameClasses } from "./folder_names.ts";
import { SkippedFiles } from "./skipped_files.ts";
import { describeSplits, findSplitFolders, splitFolderNames } from "./split_folders.ts";

/** Split of a folder's images before they are divided. */
const undivided = "";
/** Names that one message lists. */
const mostListed = 10;
/** Folders below one with a single folder that are looked at for the one that was meant. */
const deepestHint = 4;

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

/** Lists one root. */
class FolderReader {
  readonly #path: string;
  readonly #context: ListingContext;

  constructor(reader: DirectoryReader, path: string, root: string) {
    this.#path = path;
    this.#context = { reader, root, skipped: new SkippedFiles() };
  }

  get #root(): string {
    return this.#context.root;
  }

  get #skipped(): SkippedFiles {
    return this.#context.skipped;
  }

  /** Folders in a folder. */
  async children(path: string, split?: SplitName | null): Promise<Folder[]> {
    return await listChildren(this.#context, path, split);
  }

  /** Whether there are images in a folder, beside its folders. */
  async #hasImages(folder: string): Promise<boolean> {
    let has = false;
    await readEntries(this.#context.reader, folder, ({ name, isFile }) => {
      has ||= isFile && imageExtensions.has(extname(name).toLowerCase());
    });
    return has;
  }

  /** Why a folder with one class or none cannot serve, and which one was probably meant. */
  async #tooFewClasses(
    folder: string,
    classes: readonly ClassFolder[],
  ): Promise<DataError> {
    const only = classes[0];
    let name = only && join(folder, only.name);
    let below = name === undefined ? [] : await this.children(name);
    for (let depth = 0; name !== undefined && below.length === 1 && depth < deepestHint; depth++) {
      name = join(name, below[0]!.name);
      below = await this.children(name);
    }
    const links = this.#skipped.all().filter(({ reason }) => reason.startsWith("link"));
    const refused = links.length === 0
      ? ""
      : `; not followed: ${listNames(links.map(({ path, reason }) => `${path} (${reason})`))}`;
    const hint = below.length >= 2
      ? `. Did you mean imagefolder:${name}, which has ${below.length} folders?`
      : only === undefined && await this.#hasImages(folder)
      ? `. It has images itself: if it is a class, give the folder it is in, imagefolder:${
        dirname(folder)
      }`
      : "";
    return new DataError(
      only === undefined
        ? `${folder} has no class folders${refused}; expected ${this.#path}/CLASS/… or ` +
          `${this.#path}/train/CLASS/… and ${this.#path}/val/CLASS/…${hint}`
        : `${folder} has one class folder, "${only.name}"${refused}; expected at least two, one ` +
          `for each class${hint}`,
    );
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
    const classes = await findClassFolders(this.#context, splits, children);
    const classNames = await nameClasses(this.#context, this.#root, classes);
    if (classes.length < 2) throw await this.#tooFewClasses(this.#path, classes);
    const labels = classes.map((_, label) => label);
    const list = (await listClassFolders(this.#context, classes, labels)).get(undivided)!;
    const ends = classEnds(list, classes.length);
    const strange = checkSubfolders(this.#root, classes, list, ends, 1);
    const counts = ends.map((end, label) => end - (ends[label - 1] ?? 0));
    const small = classes.filter((_, label) => counts[label]! < leastPerClass);
    if (small.length > 0) {
      const sizes = small.map((folder) =>
        `class folder "${folder.name}" has ${counts[classes.indexOf(folder)]} images`
      );
      throw new DataError(
        `Cannot divide ${this.#root} into train, dev and val: ${
          listNames(sizes)
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
      for (const [split, places] of divideClass(name, counts[label]!)) {
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
      notes: this.#notes(strange === undefined ? [] : [strange]),
    };
  }

  #notes(notes: readonly string[]): string[] {
    const summary = this.#skipped.summary();
    return [...notes, ...(summary === undefined ? [] : [summary])];
  }

  /** Takes `PATH/{train,dev,val,test,ood}/class/…` as it is. */
  async split(folders: ReadonlyMap<SplitName, string>): Promise<FolderListing> {
    const notes: string[] = [];
    const splitFolders = new Set(folders.values());
    for (const { name } of await this.children(this.#root, null)) {
      if (!splitFolders.has(name)) {
        this.#skipped.add(null, name, "a folder beside those of the splits", "folder");
      }
    }
    const used = new Map<SplitName, string>();
    const children = new Map<SplitName, readonly Folder[]>();
    for (const [split, folder] of folders) {
      const path = join(this.#root, folder);
      // A test set without labels has no class folders: nothing can be measured on it.
      if (split === "test" && (await this.children(path)).length === 0) {
        notes.push(`the folder ${folder} has no class folders and is not used`);
        await this.children(path, null);
        continue;
      }
      const own = await this.children(path, split);
      if (folder !== split) notes.push(`the folder ${folder} is the split "${split}"`);
      used.set(split, folder);
      children.set(split, own);
    }
    const paths = new Map([...used].map(([split, folder]) => [split, join(this.#root, folder)]));
    const classes = await findClassFolders(this.#context, paths, children);
    const trainFolders = classes.filter(({ split }) => split === "train");
    const train = paths.get("train")!;
    const classNames = await nameClasses(this.#context, train, trainFolders);
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
            listNames(unknown.map(({ name }) => name))
          }`,
        );
      }
    }
    const labels = classes.map(({ name }) => labelOf.get(name.normalize("NFC"))!);
    const samples = await listClassFolders(this.#context, classes, labels);
    this.#checkSamples(train, trainFolders, samples, paths);
    const list = samples.get("train")!;
    const ends = classEnds(list, trainFolders.length);
    const strange = checkSubfolders(train, trainFolders, list, ends, 2);
    if (strange !== undefined) notes.push(strange);
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
          listNames(empty.map(({ name }) => name))
        }${this.#linkReasons("train", empty.map(({ path }) => idOf(this.#root, path)))}`,
      );
    }
    for (const [split, path] of paths) {
      if ((samples.get(split)?.length ?? 0) === 0) throw new DataError(`${path} has no images`);
    }
  }
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
    if (error instanceof DataError) throw error;
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
