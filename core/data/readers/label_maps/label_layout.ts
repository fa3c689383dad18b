/**
 * How folders with label files are laid out: what differs from Cityscapes to ADE20K to Pascal VOC.
 *
 * @module
 */

import { extname, join } from "node:path";
import { DataError } from "../../../errors.ts";
import { systemReason } from "../../../files.ts";
import { imageExtensions } from "../../decoding/image_header.ts";
import type { SkippedFiles } from "../imagefolder/skipped_files.ts";
import type { LabelRule } from "./label_rule.ts";

/** Takes an image of a split with its label file; both relative to the folder, with `/`. */
export type AddLabelled = (image: string) => void;

/** One split of a folder. */
export interface LabelSplit {
  readonly name: string;
  /** What the numbers of its label files mean. */
  readonly rule: LabelRule;
  /** Label file of an image; both relative to the folder, with `/`. */
  labelOf(image: string): string;
  /** Lists the images that have a label file, in their order. */
  list(add: AddLabelled, skipped: SkippedFiles): void;
}

/** A folder that was found to have a layout. */
export interface LabelFolder {
  /** Where images and label files are. */
  readonly root: string;
  readonly classNames: readonly string[];
  readonly splits: readonly LabelSplit[];
}

/** A layout. */
export interface LabelLayout {
  /** Prefix of the data set's name: `cityscapes`. */
  readonly family: string;
  /**
   * Looks at a folder.
   *
   * @throws {DataError} where it is not laid out so, with what was expected.
   */
  open(root: string): LabelFolder;
}

/** Names of a folder's entries, sorted; undefined where there is no such folder. */
export function entriesOf(
  folder: string,
): { readonly files: readonly string[]; readonly folders: readonly string[] } | undefined {
  const files: string[] = [], folders: string[] = [];
  try {
    for (const { name, isDirectory, isSymlink } of Deno.readDirSync(folder)) {
      // Data sets are often put together of links.
      const leads = isSymlink && leadsToFolder(join(folder, name));
      (isDirectory || leads ? folders : files).push(name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw new DataError(`Cannot read the folder ${folder}: ${systemReason(error)}`, {
      cause: error,
    });
  }
  return { files: files.sort(), folders: folders.sort() };
}

function leadsToFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** The first of some folders in a root that holds a folder of a name; undefined where none does. */
export function findRoot(
  root: string,
  candidates: readonly string[],
  marker: string,
): string | undefined {
  return candidates.map((candidate) => join(root, candidate))
    .find((folder) => leadsToFolder(join(folder, marker)));
}

/** Whether a file's ending is that of an image. */
export function hasImageEnding(file: string): boolean {
  return imageExtensions.has(extname(file).toLowerCase());
}

/** A file's name without its ending. */
export function stemOf(file: string): string {
  return file.slice(0, file.length - extname(file).length);
}

/**
 * Lists the images of a folder whose label files are in another, and says what is in one of them alone.
 *
 * @param names Files of both folders.
 * @param labelNameOf Name of the label file of an image; undefined for what is not an image.
 * @param whyNone Why an image has no label file, where more is known than that there is none.
 */
export function listPairs(
  split: string,
  { images, labels, names }: {
    /** The folders, relative to the root. */
    readonly images: string;
    readonly labels: string;
    readonly names: { readonly images: readonly string[]; readonly labels: readonly string[] };
  },
  labelNameOf: (image: string) => string | undefined,
  add: AddLabelled,
  skipped: SkippedFiles,
  whyNone: (image: string) => string | undefined = () => undefined,
): void {
  const left = new Set(names.labels);
  /** Images by their label file. */
  const taken = new Map<string, string>();
  for (const name of names.images) {
    const label = labelNameOf(name);
    if (label === undefined) skipped.addEnding(split, `${images}/${name}`);
    else if (left.delete(label)) {
      taken.set(label, name);
      add(`${images}/${name}`);
    } else {
      const other = taken.get(label);
      const reason = other === undefined
        ? whyNone(name) ?? `it has no label file in ${labels}`
        : `its label file ${labels}/${label} is that of ${images}/${other} already`;
      skipped.add(split, `${images}/${name}`, reason, "image");
    }
  }
  for (const name of left) {
    skipped.add(split, `${labels}/${name}`, `there is no image of it in ${images}`);
  }
}
