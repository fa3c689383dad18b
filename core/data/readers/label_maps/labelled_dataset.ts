/**
 * Folders of images with a label file each: `cityscapes:FOLDER`, `ade20k:FOLDER`, `voc:FOLDER`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { ConfigError, DataError } from "../../../errors.ts";
import type { SegmentationAnnotation } from "../../annotation.ts";
import type { RgbImage } from "../../augmentation/image_memory.ts";
import {
  type Dataset,
  type DecodeOptions,
  getSplit,
  type SkippedImage,
  type SplitInfo,
  type SplitName,
} from "../../dataset.ts";
import { decodedSize, decodeImage, decodingKey } from "../../decoding/image_decoder.ts";
import { type SampleList, SampleListBuilder } from "../../sample_list.ts";
import { roleOfSplit } from "../coco/dialect.ts";
import { SkippedFiles } from "../imagefolder/skipped_files.ts";
import type { LabelFolder, LabelLayout, LabelSplit } from "./label_layout.ts";
import { readLabelFile } from "./label_rule.ts";

/** Files that are looked at before others have a turn. */
const filesPerTurn = 5000;

/** Images of a split. */
interface Listing {
  readonly samples: SampleList;
  readonly skipped: SkippedFiles;
}

/** A folder with label files. A split is listed when it is first asked for. */
class LabelledDataset implements Dataset<SegmentationAnnotation> {
  readonly name: string;
  readonly title: string;
  readonly credits: readonly string[] = [];
  readonly annotationKind = "segmentation";
  readonly classNames: readonly string[];
  readonly splits: readonly SplitInfo[];
  readonly #family: string;
  readonly #folder: LabelFolder;
  readonly #byName: ReadonlyMap<SplitName, LabelSplit>;
  readonly #listings = new Map<SplitName, Listing>();

  constructor(family: string, path: string, folder: LabelFolder) {
    this.name = `${family}:${path}`;
    this.title = `images of ${path} with a class for every pixel`;
    this.classNames = folder.classNames;
    this.splits = folder.splits.map(({ name }) => ({
      name,
      role: roleOfSplit(name),
      title: name,
    }));
    this.#family = family;
    this.#folder = folder;
    this.#byName = new Map(folder.splits.map((split) => [split.name, split]));
  }

  #listing(split: SplitName): Listing {
    getSplit(this, split);
    const known = this.#listings.get(split);
    if (known !== undefined) return known;
    const builder = new SampleListBuilder(), skipped = new SkippedFiles();
    this.#byName.get(split)!.list((image) => builder.add(image, -1), skipped);
    if (builder.length === 0) {
      const [first] = skipped.of(split);
      throw new DataError(
        `Split "${split}" of ${this.name} has no image with a label file` +
          (first === undefined ? "" : `; the first: ${first.path}: ${first.reason}`),
      );
    }
    const listing = { samples: builder.build(), skipped };
    this.#listings.set(split, listing);
    return listing;
  }

  /** Id of an image: its path in the folder. */
  #imageOf(split: SplitName, index: number): string {
    const { samples } = this.#listing(split);
    if (Number.isInteger(index) && index >= 0 && index < samples.length) return samples.id(index);
    throw new RangeError(
      `Split "${split}" of ${this.name} has no sample ${index}: expected 0 to ${
        samples.length - 1
      }`,
    );
  }

  // deno-lint-ignore require-await -- a wrong split must reject, not throw
  async samples(split: SplitName): Promise<SampleList> {
    return this.#listing(split).samples;
  }

  async annotation(split: SplitName, index: number): Promise<SegmentationAnnotation> {
    const image = this.#imageOf(split, index);
    const { rule, labelOf } = this.#byName.get(split)!;
    const labelPath = join(this.#folder.root, labelOf(image)), path = this.path(split, index);
    const annotation = await readLabelFile(labelPath, rule);
    let size;
    try {
      size = await decodedSize(path);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(`Image ${path} cannot be compared with its labels: ${error.message}`, {
        cause: error,
      });
    }
    const { width, height } = annotation;
    if (size.width === width && size.height === height) return annotation;
    throw new DataError(
      `Label file ${labelPath}: it has ${width} × ${height} pixels, but its image ${path} has ` +
        `${size.width} × ${size.height}`,
    );
  }

  async decode(split: SplitName, index: number, options: DecodeOptions = {}): Promise<RgbImage> {
    return await decodeImage(this.path(split, index), options);
  }

  path(split: SplitName, index: number): string {
    return join(this.#folder.root, this.#imageOf(split, index));
  }

  /** Sizes and times of images and label files, as for other folders. */
  async fingerprint(split: SplitName): Promise<string> {
    const { samples } = this.#listing(split);
    const { labelOf, rule } = this.#byName.get(split)!;
    const hash = createHash("sha256");
    hash.update(JSON.stringify({
      family: this.#family,
      classNames: this.classNames,
      rule: [...rule.classes],
      ...decodingKey(),
    }));
    for (let index = 0; index < samples.length; index++) {
      const image = samples.id(index);
      hash.update(image);
      for (const file of [image, labelOf(image)]) {
        let state = "unreadable";
        try {
          const { size, mtime } = Deno.statSync(join(this.#folder.root, file));
          state = `${size} ${mtime?.getTime()}`;
        } catch {
          // It is reported where it is decoded.
        }
        hash.update(`\0${state}`);
      }
      hash.update("\n");
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
 * Opens a folder with label files.
 *
 * @param root The folder.
 * @throws {ConfigError} where no folder is named.
 * @throws {DataError} where it is not laid out so.
 */
// deno-lint-ignore require-await -- a folder that is not there must reject, not throw
export async function openLabelledDataset(
  root: string,
  { family, open }: LabelLayout,
): Promise<Dataset<SegmentationAnnotation>> {
  if (root === "") {
    throw new ConfigError(`Dataset "${family}:" names no folder; write "${family}:FOLDER"`);
  }
  return new LabelledDataset(family, root, open(root));
}
