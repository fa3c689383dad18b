/**
 * Any folder of images as a data set: `imagefolder:PATH`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { sep } from "node:path";
import { ConfigError } from "../../../errors.ts";
import type { LabelAnnotation } from "../../annotation.ts";
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
import type { SampleList } from "../../sample_list.ts";
import { collectGarbage } from "../../collect_garbage.ts";
import { addDataWarning } from "../../warnings.ts";
import { type FolderListing, listFolder } from "./folder_listing.ts";

/** Files that are looked at before others have a turn. */
const filesPerTurn = 5000;

/** Files whose listing leaves enough garbage to be collected at once. */
const manyFiles = 20_000;

/** A folder of images; see {@linkcode listFolder} for how it is read. */
class ImageFolderDataset implements Dataset {
  readonly name: string;
  readonly title: string;
  readonly credits: readonly string[] = [];
  readonly annotationKind = "label";
  readonly classNames: readonly string[];
  readonly splits: readonly SplitInfo[];
  readonly #listing: FolderListing;

  constructor(path: string, listing: FolderListing) {
    this.name = `imagefolder:${path}`;
    this.title = `images of ${path}`;
    this.classNames = listing.classNames;
    this.splits = listing.splits;
    this.#listing = listing;
  }

  #samples(split: SplitName): SampleList {
    getSplit(this, split);
    return this.#listing.samples.get(split)!;
  }

  // deno-lint-ignore require-await -- a wrong split must reject, not throw
  async samples(split: SplitName): Promise<SampleList> {
    return this.#samples(split);
  }

  // deno-lint-ignore require-await -- as above
  async annotation(split: SplitName, index: number): Promise<LabelAnnotation> {
    return { kind: "label", label: this.#samples(split).label(index) };
  }

  path(split: SplitName, index: number): string {
    // Ids never lead out of the root, so nothing has to be resolved.
    return this.#listing.root + sep + this.#samples(split).id(index);
  }

  async decode(split: SplitName, index: number, options: DecodeOptions = {}): Promise<RgbImage> {
    return await decodeImage(this.path(split, index), options);
  }

  /**
   * Ids, labels, sizes and times: one look at each file's entry, not at its bytes. Class names are not
   * in it: who reads them names them.
   */
  async fingerprint(split: SplitName): Promise<string> {
    const samples = this.#samples(split);
    const hash = createHash("sha256");
    const decoding = decodingKey();
    if (Object.keys(decoding).length > 0) hash.update(JSON.stringify(decoding));
    for (let index = 0; index < samples.length; index++) {
      hash.update(samples.idBytes(index));
      let state = "unreadable";
      try {
        const { size, mtime } = Deno.statSync(this.path(split, index));
        state = `${size} ${mtime?.getTime()}`;
      } catch {
        // It is reported where it is decoded.
      }
      hash.update(`\0${samples.label(index)}\0${state}\n`);
      if (index % filesPerTurn === filesPerTurn - 1) {
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    if (samples.length > manyFiles) collectGarbage();
    return hash.digest("hex");
  }

  skipped(split: SplitName): readonly SkippedImage[] {
    getSplit(this, split);
    return this.#listing.skipped(split);
  }
}

/**
 * Opens a folder of images.
 *
 * @param path The folder; see {@linkcode listFolder} for what it must look like.
 * @throws {ConfigError} where no folder is named.
 * @throws {DataError} where the folder cannot be read as a data set.
 */
export async function openImageFolder(path: string): Promise<Dataset> {
  if (path === "") {
    throw new ConfigError('Dataset "imagefolder:" names no folder; write "imagefolder:PATH"');
  }
  const listing = await listFolder(path);
  const images = [...listing.samples.values()].reduce((sum, { length }) => sum + length, 0);
  if (images > manyFiles) collectGarbage();
  for (const note of listing.notes) addDataWarning(`imagefolder:${path}: ${note}`);
  return new ImageFolderDataset(path, listing);
}
