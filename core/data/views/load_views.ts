/**
 * Fixed views of a split of any data set: from the cache where they are there, else drawn, within a
 * budget of damaged images.
 *
 * @module
 */

import { ConfigError, DataError } from "../../errors.ts";
import type { Annotation } from "../annotation.ts";
import {
  type Dataset,
  getSplit,
  type SkippedImage,
  type SplitName,
  type SplitRole,
} from "../dataset.ts";
import { imageSizeProblem, rangeProblem } from "../image_size.ts";
import type { SampleList } from "../sample_list.ts";
import { defaultMaximumDamaged } from "./damaged_images.ts";
import { composedRanges, decodedRanges, drawSplit } from "./draw_split.ts";
import { readCachedViews } from "./view_cache.ts";
import { seedOfView } from "./view_seed.ts";
import type { ViewSet } from "./view_set.ts";

/** Sets up to this size are held in memory where the caller says nothing. */
const defaultMemoryBytes = 2 ** 30;

/** What {@linkcode loadViews} is asked for. */
export interface LoadViewsOptions {
  /** Views per sample, 1 to 100,000. */
  views: number;
  /** Side of a view in pixels, 8 to 1024. */
  imageSize: number;
  /** Seed of the views; the parameters of a view depend on (seed, sample id, view index) only. */
  seed: number;
  /** What the views are for: those of role `train` are augmented. @default {the split's own role} */
  role?: SplitRole;
  /** Told now and then how many samples are done. */
  onProgress?: (done: number, total: number) => void;
  /** How many images may fail to decode. @default {1 % of the images of the split, at least 1} */
  maximumDamaged?: number;
  /** Bytes up to which the views are held in memory; more are read from a file. @default {2³⁰} */
  memoryBytes?: number;
}

/** Checks the options of {@linkcode loadViews}. @throws {ConfigError} naming every wrong one. */
function validateLoadViewsOptions(options: LoadViewsOptions): void {
  const { views, imageSize, seed, maximumDamaged = 0, memoryBytes = 0 } = options;
  const wrong = [
    rangeProblem("views", views, 1, 100_000),
    imageSizeProblem(imageSize),
    rangeProblem("seed", seed, 0, Number.MAX_SAFE_INTEGER),
    rangeProblem("maximumDamaged", maximumDamaged, 0, Number.MAX_SAFE_INTEGER),
    rangeProblem("memoryBytes", memoryBytes, 0, Number.MAX_SAFE_INTEGER),
  ].filter((problem) => problem !== undefined);
  if (wrong.length > 0) throw new ConfigError(`Cannot load views: ${wrong.join("; ")}`);
}

/** The samples that are not among those left out. */
function keepSamples(samples: SampleList, skipped: readonly SkippedImage[]): SampleList {
  if (skipped.length === 0) return samples;
  const left = new Set(skipped.map(({ path }) => path));
  const kept: number[] = [];
  for (let index = 0; index < samples.length; index++) {
    if (!left.has(samples.id(index))) kept.push(index);
  }
  return samples.select(kept);
}

/**
 * All views of a split.
 *
 * @throws {ConfigError} for a wrong option or split.
 * @throws {DataError} where more than `maximumDamaged` images cannot be decoded.
 */
export async function loadViews(
  dataset: Dataset<Annotation>,
  split: SplitName,
  options: LoadViewsOptions,
): Promise<ViewSet> {
  validateLoadViewsOptions(options);
  const { role } = getSplit(dataset, split);
  const { views, imageSize, seed, onProgress, memoryBytes = defaultMemoryBytes } = options;
  const samples = await dataset.samples(split);
  const allowed = options.maximumDamaged ?? defaultMaximumDamaged(samples.length);
  const drawing = {
    dataset,
    split,
    samples,
    seed,
    seeds: Array.from({ length: views }, (_, view) => seedOfView(seed, view)),
    imageSize,
    role: options.role ?? role,
    allowed,
    onProgress,
  };
  const ranges = await (dataset.composer === undefined ? decodedRanges : composedRanges)(drawing);
  const expected = {
    key: ranges.hash,
    samples: samples.length,
    viewsPerSample: views,
    viewBytes: 3 * imageSize ** 2,
  };
  let cached = await readCachedViews(expected, memoryBytes);
  // A larger budget may have been allowed when the views were kept: decode again, for the error.
  if (cached !== undefined && cached.skipped.length > allowed) {
    if (!(cached.pixels instanceof Uint8Array)) cached.pixels.close();
    cached = undefined;
  }
  cached ??= await drawSplit(drawing, ranges, memoryBytes) ??
    await readCachedViews(expected, memoryBytes);
  if (cached === undefined) {
    throw new DataError(
      `Cannot read back the views of split "${split}" of ${dataset.name}, which were just written ` +
        "to the cache: run the command again",
    );
  }
  onProgress?.(samples.length, samples.length);
  const { pixels, skipped } = cached;
  return {
    samples: keepSamples(samples, skipped),
    viewsPerSample: views,
    imageSize,
    pixels,
    hash: ranges.hash,
    skipped: [
      ...dataset.skipped(split),
      ...skipped.map((image) => ({ ...image, stage: "decoding" as const })),
    ],
  };
}
