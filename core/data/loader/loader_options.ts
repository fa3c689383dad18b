/**
 * What a loader is asked for.
 *
 * @module
 */

import { ConfigError } from "../../errors.ts";
import type { AugmentationRecipe } from "../augmentation/recipes.ts";
import type { BatchLayout, EpochOrder } from "../batches.ts";
import { imageSizeProblem, rangeProblem } from "../image_size.ts";
import type { ImageFile, ImageSource } from "./image_source.ts";

/** Options of `createLoader`. */
export interface LoaderOptions {
  /** Image files, or the images of a data set's split. */
  readonly images: readonly ImageFile[] | ImageSource;
  /** A recipe, or the name of one: `mocov2`, `swav`, `simclr`, `lincls_train`, `val`. */
  readonly recipe: string | AugmentationRecipe;
  /** Side of a view in pixels; of several, every view is drawn at each from one decoded image. */
  readonly imageSize: number | readonly number[];
  readonly batchSize: number;
  /** Fixes order and views: the batches do not depend on the number of workers. */
  readonly seed: number;
  /** Threads that decode and augment; default: one less than the machine has cores. */
  readonly workers?: number;
  /** `"nchw"`: `[B, 3, H, W]` (default); `"chwn"`: `[3, H, W, B]`. */
  readonly layout?: BatchLayout;
  /** Batches made ahead of the one in use; default 2. */
  readonly ahead?: number;
  /** Step of the first batch, for a run that resumes; default 0. */
  readonly firstStep?: number;
  /** Views of an image over all epochs; default: a fresh one in each. See `BatchPlan`. */
  readonly fixedViews?: number;
  /** Independent views of each image in one batch; default 1. */
  readonly viewsPerStep?: number;
  /** Equal parts of a batch, each a tensor of its own; divides the batch size. Default 1. */
  readonly replicas?: number;
  /** Order of the images in an epoch; default `epochOrder`. */
  readonly order?: EpochOrder;
  /** How many images may fail to decode; default 1 % of the files, at least 1. */
  readonly maximumDamaged?: number;
  /** Where the images are, for messages; default "the loader". */
  readonly place?: string;
}

/** Checks options. @throws {ConfigError} naming every wrong one. */
export function validateLoaderOptions(options: LoaderOptions): void {
  const sizes = [options.imageSize].flat();
  const { batchSize, replicas = 1 } = options;
  const optional = (name: keyof LoaderOptions, least: number, most: number) =>
    options[name] === undefined ? undefined : rangeProblem(name, options[name], least, most);
  const wrong = [
    ...sizes.map((side) => imageSizeProblem(side)),
    rangeProblem("batchSize", batchSize, 1, 8192),
    rangeProblem("seed", options.seed, 0, Number.MAX_SAFE_INTEGER),
    optional("workers", 1, 256),
    optional("ahead", 1, 64),
    optional("firstStep", 0, Number.MAX_SAFE_INTEGER),
    optional("fixedViews", 1, 100_000),
    optional("viewsPerStep", 1, 64),
    optional("replicas", 1, 256),
    optional("maximumDamaged", 0, Number.MAX_SAFE_INTEGER),
    batchSize % replicas === 0 ? undefined : `replicas is ${replicas}, expected a divisor of ` +
      `batchSize ${batchSize}`,
    sizes.length > 0 ? undefined : "imageSize is empty",
  ].filter((problem) => problem !== undefined);
  if (wrong.length > 0) throw new ConfigError(`Cannot load images: ${wrong.join("; ")}`);
}
