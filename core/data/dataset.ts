/**
 * What a data set is: named classes, splits with a role each, and images with annotations. A reader
 * lists and decodes; views, caches, budgets, Workers and batches are shared code over that.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import type { Annotation, CategoryFrequency, LabelAnnotation } from "./annotation.ts";
import type { RgbImage } from "./augmentation/image_memory.ts";
import type { ImageSize } from "./decoding/image_header.ts";
import type { LeftOutItem, LeftOutLedger } from "../left_out.ts";
import type { SampleList } from "./sample_list.ts";

/** Name of a split, given by the data set: `"train"`, `"val"`, `"minival"`. */
export type SplitName = string;

/** What a split is for: training, choosing settings, or being reported. */
export type SplitRole = "train" | "tune" | "test";

/** One split of a data set. */
export interface SplitInfo {
  readonly name: SplitName;
  readonly role: SplitRole;
  /** For people: `"Twemoji"`. */
  readonly title: string;
}

/** An image, or something else that was found with them, that was left out, and why. */
export interface SkippedImage extends LeftOutItem {
  /** When: while the data set was listed, or when it was decoded. @default {"listing"} */
  readonly stage?: "listing" | "decoding";
  /** It belongs to no split more than to another. */
  readonly everySplit?: true;
}

/** How an image is decoded. */
export interface DecodeOptions {
  /**
   * Shrink the image while it is decoded, so that its short side is at most so many pixels. Quick
   * and small in memory, but no longer what torchvision would see; default: every pixel.
   */
  shortSide?: number;
}

/** Draws single fresh views, synchronously: for a training loop that wants new views for ever. */
export interface ViewSource {
  readonly samples: SampleList;
  /**
   * Writes `imageSize * imageSize * 3` bytes (RGB, rows from the top) at `offset` of `output`.
   *
   * @param sample Index into `samples`.
   * @param viewSeed Whole number ≥ 0; with the sample's id it fixes the view at every image size.
   */
  draw(
    sample: number,
    viewSeed: number,
    imageSize: number,
    output: Uint8Array,
    offset: number,
  ): void;
}

/** Draws the views of a data set whose images are not photographs but are composed. */
export interface ViewComposer {
  /** What determines the pixels of a split's views besides its samples: versions, sources. */
  content(split: SplitName): Promise<Readonly<Record<string, unknown>>>;
  /**
   * Opens a split.
   *
   * @param options.groups Keep only the samples of these groups, by which the data set divides them.
   * @param options.role Views for training are augmented, others are not. @default {the split's role}
   * @param options.strong Views with more in them that is not the image's own than those of the data
   * set, for a model that shall stand anything. @default {false}
   * @throws {ConfigError} where the data set has no such split or group.
   */
  open(
    split: SplitName,
    options?: { groups?: readonly string[]; role?: SplitRole; strong?: boolean },
  ): Promise<ViewSource>;
}

/** A source of annotated images. */
export interface Dataset<A extends Annotation = LabelAnnotation> {
  /** The name by which it is opened again, with the prefix of its family. */
  readonly name: string;
  readonly title: string;
  /** Whom to credit, one line each; empty where there is nobody to name. */
  readonly credits: readonly string[];
  readonly annotationKind: A["kind"];
  readonly classNames: readonly string[];
  readonly splits: readonly SplitInfo[];
  /** @throws {ConfigError} where the data set has no such split. */
  samples(split: SplitName): Promise<SampleList>;
  /** What is known of one image. */
  annotation(split: SplitName, index: number): Promise<A>;
  /**
   * The pixels of one image.
   *
   * @throws {DataError} where it is damaged or too large.
   */
  decode(split: SplitName, index: number, options?: DecodeOptions): Promise<RgbImage>;
  /**
   * Content key of a split, told without decoding it: ids, annotations, and sizes and times of files
   * or versions of embedded data.
   */
  fingerprint(split: SplitName): Promise<string>;
  /** What was found in a split and is not read at all, with the reason. */
  skipped(split: SplitName): readonly SkippedImage[];
  /** Draws the views where the data set composes them; absent where recipes work on `decode`. */
  readonly composer?: ViewComposer;
  /**
   * Path of an image where images are files. Workers are sent the paths of a batch and need neither
   * the data set nor a list; they decode by the rules of `decodeImage`.
   */
  path?(split: SplitName, index: number): string;
  /** Images are in memory: to decode one is to copy it, and no Worker should open the data set. */
  readonly isInMemory?: true;
  /** Width and height of an image where they are known without looking into it. */
  imageSize?(split: SplitName, index: number): ImageSize;
  /** Classes of the objects of an image where they are known without reading its annotation. */
  imageCategories?(split: SplitName, index: number): Uint32Array;
  /** What a JSON of results calls an image where the data set has numbers for its images. */
  imageId?(split: SplitName, index: number): number;
  /** What a JSON of results calls each class where the data set has numbers for its categories. */
  readonly categoryIds?: readonly number[];
  /** How common each class is in the training images where the data set divides them so. */
  readonly categoryFrequency?: readonly CategoryFrequency[];
}

/** Names of a data set's splits. */
export function splitNames(dataset: Pick<Dataset, "splits">): SplitName[] {
  return dataset.splits.map(({ name }) => name);
}

/** A split by its name. @throws {ConfigError} naming the splits that there are. */
export function getSplit(dataset: Pick<Dataset, "name" | "splits">, split: SplitName): SplitInfo {
  const found = dataset.splits.find(({ name }) => name === split);
  if (found === undefined) {
    throw new ConfigError(
      `Dataset "${dataset.name}" has no split "${split}"; it has ${splitNames(dataset).join(", ")}`,
    );
  }
  return found;
}

/** Writes what was left out of a split into a ledger. */
export function addSkipped(
  ledger: LeftOutLedger,
  data: string,
  split: SplitName,
  skipped: Iterable<SkippedImage>,
): void {
  for (const image of skipped) {
    const stage = image.stage ?? "listing";
    ledger.add(image.everySplit ? `${data}, ${stage}` : `${data}, ${split}, ${stage}`, [image]);
  }
}

/**
 * Writes the classes into a ledger that no image of a split is of, be it that there is none or that all
 * are damaged. Splits for tuning may be anything.
 *
 * @param labels Labels of the images that are used.
 */
export function addMissingClasses(
  ledger: LeftOutLedger,
  dataset: Pick<Dataset<Annotation>, "name" | "annotationKind" | "classNames" | "splits">,
  split: SplitName,
  labels: Iterable<number>,
): void {
  if (dataset.annotationKind !== "label" || getSplit(dataset, split).role === "tune") return;
  const seen = new Set(labels);
  const missing = dataset.classNames.filter((_, label) => !seen.has(label));
  ledger.add(
    `${dataset.name}, ${split}`,
    missing.map((path) => ({ path, reason: "no image of it in this split", unit: "class" })),
  );
}

/** Name of the split that is trained on. @throws {ConfigError} where there is none. */
export function trainSplit(dataset: Pick<Dataset, "name" | "splits">): SplitName {
  const found = dataset.splits.find(({ role }) => role === "train");
  if (found === undefined) {
    throw new ConfigError(
      `Dataset "${dataset.name}" has no split to train on; it has ${
        splitNames(dataset).join(", ")
      }`,
    );
  }
  return found.name;
}
