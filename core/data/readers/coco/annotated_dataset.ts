/**
 * Folders of images with annotation files in COCO's format: `coco:FOLDER` and `lvis:FOLDER`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { ConfigError, DataError } from "../../../errors.ts";
import { systemReason } from "../../../files.ts";
import type { CategoryFrequency, InstancesAnnotation } from "../../annotation.ts";
import type { RgbImage } from "../../augmentation/image_memory.ts";
import {
  type Dataset,
  type DecodeOptions,
  getSplit,
  type SkippedImage,
  type SplitInfo,
  type SplitName,
} from "../../dataset.ts";
import { decodeImage, decodingKey } from "../../decoding/image_decoder.ts";
import type { ImageSize } from "../../decoding/image_header.ts";
import type { SampleList } from "../../sample_list.ts";
import {
  type AnnotationListing,
  listAnnotationFile,
  readObjects,
  type SplitFiles,
} from "./annotation_file.ts";
import { assertSameCategories, type CategoryTable } from "./categories.ts";
import { type AnnotationDialect, roleOfSplit } from "./dialect.ts";

/** Files that are looked at before others have a turn. */
const filesPerTurn = 5000;

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Names of the files in a folder, sorted; none where it is not there. */
function fileNames(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw new DataError(`Cannot read the folder ${folder}: ${systemReason(error)}`, {
      cause: error,
    });
  }
}

/** The splits of a folder: an annotation file each. */
function findSplits(root: string, dialect: AnnotationDialect): SplitFiles[] {
  const { family, annotationFolders, splitOf, annotationFiles, imageFolders } = dialect;
  if (!isFolder(root)) throw new DataError(`Dataset "${family}:${root}": there is no such folder`);
  const paths = new Map<string, string>();
  for (const folder of annotationFolders) {
    for (const name of fileNames(join(root, folder))) {
      const split = splitOf(name);
      if (split !== undefined && !paths.has(split)) paths.set(split, join(root, folder, name));
    }
  }
  if (paths.size === 0) {
    throw new DataError(
      `Dataset "${family}:${root}" has no annotations: expected ${annotationFiles}, such as ` +
        `${
          annotationFiles.replace("SPLIT", family === "coco" ? "train2017" : "train")
        }, in the folder`,
    );
  }
  return [...paths].map(([split, path]) => {
    const folder = imageFolders(split).find((folder) => isFolder(join(root, folder)));
    if (folder === undefined) {
      throw new DataError(
        `Dataset "${family}:${root}" has ${path}, but no folder of images for it: expected ` +
          imageFolders(split).map((folder) => join(root, folder)).join(" or "),
      );
    }
    return { split, path, root, folder };
  });
}

/** The file that is read first, for its categories: the smallest. */
function smallest(splits: readonly SplitFiles[]): SplitFiles {
  const sizes = splits.map(({ path }) => Deno.statSync(path).size);
  return splits[sizes.indexOf(Math.min(...sizes))]!;
}

/** A folder with annotation files. A split's file is read when it is first asked for. */
class AnnotatedDataset implements Dataset<InstancesAnnotation> {
  readonly name: string;
  readonly title: string;
  readonly credits: readonly string[] = [];
  readonly annotationKind = "instances";
  readonly classNames: readonly string[];
  readonly categoryIds?: readonly number[];
  readonly categoryFrequency?: readonly CategoryFrequency[];
  readonly splits: readonly SplitInfo[];
  readonly #root: string;
  readonly #dialect: AnnotationDialect;
  readonly #files: ReadonlyMap<SplitName, SplitFiles>;
  readonly #categories: CategoryTable;
  readonly #opening = new Map<SplitName, Promise<AnnotationListing>>();
  readonly #listings = new Map<SplitName, AnnotationListing>();

  constructor(
    root: string,
    dialect: AnnotationDialect,
    splits: readonly SplitFiles[],
    first: { readonly split: SplitName; readonly listing: AnnotationListing },
  ) {
    this.name = `${dialect.family}:${root}`;
    this.title = `images of ${root} with annotations`;
    this.#root = root;
    this.#dialect = dialect;
    this.#categories = first.listing.categories;
    this.classNames = this.#categories.names;
    const { ids, frequency } = this.#categories;
    if (ids.every((id) => typeof id === "number")) this.categoryIds = ids;
    if (frequency !== undefined) this.categoryFrequency = frequency;
    this.#files = new Map(splits.map((files) => [files.split, files]));
    this.splits = splits.map(({ split }) => ({
      name: split,
      role: roleOfSplit(split),
      title: split,
    }));
    this.#listings.set(first.split, first.listing);
  }

  async #open(split: SplitName): Promise<AnnotationListing> {
    getSplit(this, split);
    const known = this.#listings.get(split);
    if (known !== undefined) return known;
    let opening = this.#opening.get(split);
    if (opening === undefined) {
      opening = this.#list(split);
      this.#opening.set(split, opening);
      opening.catch(() => this.#opening.delete(split));
    }
    return await opening;
  }

  async #list(split: SplitName): Promise<AnnotationListing> {
    const listing = await listAnnotationFile(this.#files.get(split)!, this.#dialect);
    assertSameCategories(this.#categories, listing.categories);
    // Labels are those of the data set, whichever categories this file leaves out.
    const labels = listing.categories.ids.map((id) => this.#categories.labels.get(id)!);
    listing.objects.labels.forEach((label, object) =>
      listing.objects.labels[object] = labels[label]!
    );
    const own = { ...listing, categories: this.#categories };
    this.#listings.set(split, own);
    return own;
  }

  /** What is known of a split that was opened before. */
  #listed(split: SplitName): AnnotationListing {
    getSplit(this, split);
    const listing = this.#listings.get(split);
    if (listing !== undefined) return listing;
    throw new Error(
      `Split "${split}" of ${this.name} is not listed yet: ask for its samples first`,
    );
  }

  #check(split: SplitName, { images }: AnnotationListing, index: number): void {
    const { length } = images.samples;
    if (Number.isInteger(index) && index >= 0 && index < length) return;
    throw new RangeError(
      `Split "${split}" of ${this.name} has no sample ${index}: expected 0 to ${length - 1}`,
    );
  }

  async samples(split: SplitName): Promise<SampleList> {
    return (await this.#open(split)).images.samples;
  }

  async annotation(split: SplitName, index: number): Promise<InstancesAnnotation> {
    const listing = await this.#open(split);
    this.#check(split, listing, index);
    return readObjects(this.#files.get(split)!.path, listing, index);
  }

  async decode(split: SplitName, index: number, options: DecodeOptions = {}): Promise<RgbImage> {
    await this.#open(split);
    return await decodeImage(this.path(split, index), options);
  }

  path(split: SplitName, index: number): string {
    return join(this.#root, this.#listed(split).images.samples.id(index));
  }

  imageSize(split: SplitName, index: number): ImageSize {
    const listing = this.#listed(split);
    this.#check(split, listing, index);
    return { width: listing.images.widths[index]!, height: listing.images.heights[index]! };
  }

  imageCategories(split: SplitName, index: number): Uint32Array {
    const listing = this.#listed(split);
    this.#check(split, listing, index);
    const { starts, labels } = listing.objects;
    return labels.subarray(starts[index]!, starts[index + 1]!);
  }

  imageId(split: SplitName, index: number): number {
    const listing = this.#listed(split);
    this.#check(split, listing, index);
    const id = listing.images.ids[index]!;
    return typeof id === "number" ? id : index + 1;
  }

  /** Bytes of the annotation file; sizes and times of the images, as for other folders. */
  async fingerprint(split: SplitName): Promise<string> {
    const { file, images: { samples } } = await this.#open(split);
    const hash = createHash("sha256");
    hash.update(JSON.stringify({ annotations: file.sha256, ...decodingKey() }));
    for (let index = 0; index < samples.length; index++) {
      hash.update(samples.idBytes(index));
      let state = "unreadable";
      try {
        const { size, mtime } = Deno.statSync(this.path(split, index));
        state = `${size} ${mtime?.getTime()}`;
      } catch {
        // It is reported where it is decoded.
      }
      hash.update(`\0${state}\n`);
      if (index % filesPerTurn === filesPerTurn - 1) {
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    return hash.digest("hex");
  }

  /** Known as soon as the split was asked for. */
  skipped(split: SplitName): readonly SkippedImage[] {
    getSplit(this, split);
    return this.#listings.get(split)?.skipped.of(split) ?? [];
  }
}

/**
 * Opens a folder with annotation files.
 *
 * @param root The folder.
 * @throws {ConfigError} where no folder is named.
 * @throws {DataError} where it has no annotation files or images, or the smallest file cannot be read.
 */
export async function openAnnotatedDataset(
  root: string,
  dialect: AnnotationDialect,
): Promise<Dataset<InstancesAnnotation>> {
  const { family } = dialect;
  if (root === "") {
    throw new ConfigError(`Dataset "${family}:" names no folder; write "${family}:FOLDER"`);
  }
  const splits = findSplits(root, dialect);
  const first = smallest(splits);
  const listing = await listAnnotationFile(first, dialect);
  return new AnnotatedDataset(root, dialect, splits, { split: first.split, listing });
}
