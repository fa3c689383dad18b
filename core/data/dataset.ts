/**
 * What a dataset is: named classes, splits by artist, and views drawn from a counted seed.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { Registry, unknownNameMessage } from "../registry.ts";

/** `train`, `dev` (for tuning only), `val` and `ood`; an artist (style) is in exactly one of them. */
export type SplitName = "train" | "dev" | "val" | "ood";

/** One picture: an icon or an image file. The sampling unit of every statistic. */
export interface Sample {
  /** `"noto/dog-face"`, or a path relative to the dataset's folder. */
  readonly id: string;
  /** Index into the dataset's class names. */
  readonly label: number;
}

/** An image that was left out, and why. */
export interface SkippedImage {
  readonly path: string;
  readonly reason: string;
}

/** A fixed number of views of every sample of a split, all in memory. */
export interface ViewSet {
  readonly samples: readonly Sample[];
  readonly viewsPerSample: number;
  /** Side of a view in pixels. */
  readonly imageSize: number;
  /**
   * RGB, `[samples × views, imageSize, imageSize, 3]`; view v of sample s is at index
   * `s * viewsPerSample + v`. Backed by a SharedArrayBuffer, so that Workers share it.
   */
  readonly pixels: Uint8Array;
  /** Content key: everything that determines the pixels and the labels. */
  readonly hash: string;
  readonly skipped: readonly SkippedImage[];
}

/** What {@linkcode Dataset.loadViews} is asked for. */
export interface LoadViewsOptions {
  /** Views per sample. */
  views: number;
  /** Side of a view in pixels. */
  imageSize: number;
  /** Seed of the views; the parameters of a view depend on (seed, sample id, view index) only. */
  seed: number;
  /** Told now and then how many samples are done. */
  onProgress?: (done: number, total: number) => void;
  /** How many images may fail to decode; default 1 % of the files of the split, at least 1. */
  maximumDamaged?: number;
}

/** Draws single fresh views, synchronously: for a training loop that wants new views for ever. */
export interface ViewSource {
  readonly samples: readonly Sample[];
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

/** Which samples {@linkcode Dataset.openViews} gives; all of the split by default. */
export interface OpenViewsOptions {
  /** Keep only the samples of these artists, e.g. those without a share-alike licence. */
  artists?: readonly string[];
}

/** A source of labelled images. Train views are augmented; views of other splits are not. */
export interface Dataset {
  readonly name: string;
  readonly title: string;
  readonly classNames: readonly string[];
  readonly splits: readonly SplitName[];
  /** @throws {ConfigError} where the dataset has no such split. */
  samples(split: SplitName): Promise<readonly Sample[]>;
  /**
   * All views of a split, from the cache where they are there.
   *
   * @throws {DataError} where more than `maximumDamaged` images cannot be decoded.
   */
  loadViews(split: SplitName, options: LoadViewsOptions): Promise<ViewSet>;
  /** @throws {ConfigError} where the dataset has no such split or artist. */
  openViews(split: SplitName, options?: OpenViewsOptions): Promise<ViewSource>;
}

/** Opens a dataset; loads what it needs to know its classes. */
export type DatasetLoader = () => Promise<Dataset>;

/** The datasets that have a fixed name. `imagefolder:PATH` is understood beside them. */
export const datasetRegistry: Registry<DatasetLoader> = new Registry("dataset");

/** Opens a dataset from what follows the colon of its name. */
export type DatasetFamily = (argument: string) => Promise<Dataset>;

/** Families of datasets by the prefix of their names: `imagefolder` for `imagefolder:PATH`. */
export const datasetFamilies: Map<string, DatasetFamily> = new Map();

/** Checks that a dataset has a split. @throws {ConfigError} naming the splits it has. */
export function checkSplit(
  dataset: string,
  split: SplitName,
  splits: readonly SplitName[],
): void {
  if (!splits.includes(split)) {
    throw new ConfigError(
      `Dataset "${dataset}" has no split "${split}"; it has ${splits.join(", ")}`,
    );
  }
}

/** Checks the options of `loadViews`. @throws {ConfigError} naming every wrong one. */
export function checkLoadViewsOptions(options: LoadViewsOptions): void {
  const wrong: string[] = [];
  const check = (name: string, value: number, least: number, most: number) => {
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      wrong.push(`${name} is ${value}, wanted a whole number from ${least} to ${most}`);
    }
  };
  check("views", options.views, 1, 100_000);
  check("imageSize", options.imageSize, 8, 512);
  check("seed", options.seed, 0, Number.MAX_SAFE_INTEGER);
  if (options.maximumDamaged !== undefined) {
    check("maximumDamaged", options.maximumDamaged, 0, Number.MAX_SAFE_INTEGER);
  }
  if (wrong.length > 0) throw new ConfigError(`Cannot load views: ${wrong.join("; ")}`);
}

/** The message for a dataset name that is not known, with the nearest names. */
export function unknownDatasetMessage(name: string): string {
  const families = [...datasetFamilies.keys()].map((family) => `${family}:PATH`);
  return unknownNameMessage("dataset", name, [...datasetRegistry.names(), ...families]);
}
