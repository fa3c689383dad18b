/**
 * Fixed views of a split of any data set: from the cache where they are there, else drawn, within a
 * budget of damaged images.
 *
 * @module
 */

import sharp from "sharp";
import { ConfigError, DataError, WriteError } from "../../errors.ts";
import { hashJson } from "../../files.ts";
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
import { addDataWarning } from "../warnings.ts";
import { damagedImagesMessage, defaultMaximumDamaged } from "./damaged_images.ts";
import { drawViews } from "./draw_views.ts";
import { hashImages } from "./hash_images.ts";
import { datasetDrawer, originOf, referTo } from "./image_drawer.ts";
import { imageViewVersion, recipeOfRole } from "./image_views.ts";
import { type CachedViews, readCachedViews, writeCachedViews } from "./view_cache.ts";
import { seedOfView } from "./view_seed.ts";
import { sharedBytes, type ViewSet } from "./view_set.ts";

/** Sets up to this size are held in memory where the caller says nothing. */
const defaultMemoryBytes = 2 ** 30;
/** Bytes drawn at a time where a set goes to a file. */
const chunkBytes = 256 * 2 ** 20;
/** Once the budget is spent, a few more failures make the message useful, not all of them. */
const furtherDamaged = 20;

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
export function validateLoadViewsOptions(options: LoadViewsOptions): void {
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

/** Draws one range of samples after the other. */
interface RangeDrawer {
  /** Draws `count` samples from `first` on; the reasons of those that failed, by sample. */
  draw(first: number, count: number, output: Uint8Array): Promise<ReadonlyMap<number, string>>;
  /** Content key of the views. */
  readonly hash: string;
}

interface Request {
  readonly dataset: Dataset<Annotation>;
  readonly split: SplitName;
  readonly samples: SampleList;
  readonly seeds: readonly number[];
  readonly options: LoadViewsOptions;
  readonly role: SplitRole;
  /** How many images may fail to decode. */
  readonly allowed: number;
}

/** Composed views: drawn in this thread, which takes less time than Workers take to open icons. */
async function composedRanges(
  { dataset, split, samples, seeds, options, role }: Request,
): Promise<RangeDrawer> {
  const { views, imageSize, seed, onProgress } = options;
  const composer = dataset.composer!;
  const viewBytes = 3 * imageSize ** 2;
  let source: Awaited<ReturnType<typeof composer.open>> | undefined;
  return {
    hash: hashJson({
      ...await composer.content(split),
      views,
      imageSize,
      seed,
      augmented: role === "train",
      samples: Array.from(samples, ({ id, label }) => [id, label]),
    }),
    async draw(first, count, output) {
      source ??= await composer.open(split, { role });
      let paused = performance.now();
      for (let sample = 0; sample < count; sample++) {
        for (let view = 0; view < views; view++) {
          const offset = (sample * views + view) * viewBytes;
          source.draw(first + sample, seeds[view]!, imageSize, output, offset);
        }
        // Let a progress bar and Ctrl-C have a turn.
        if (performance.now() - paused > 100) {
          onProgress?.(first + sample + 1, samples.length);
          await new Promise((resolve) => setTimeout(resolve, 0));
          paused = performance.now();
        }
      }
      return new Map();
    },
  };
}

/** Views of images that are decoded. */
async function decodedRanges(
  { dataset, split, samples, seeds, options, role, allowed }: Request,
): Promise<RangeDrawer> {
  const { views, imageSize, seed, onProgress } = options;
  const recipe = recipeOfRole(role);
  const origin = originOf(dataset, split);
  let tried = 0;
  return {
    hash: hashJson({
      imageViewVersion,
      files: await hashImages(dataset, split, samples),
      views,
      imageSize,
      seed,
      recipe,
      sharp: sharp.versions.sharp,
      vips: sharp.versions.vips,
    }),
    async draw(first, count, output) {
      const damaged = new Map<number, string>();
      const images = Array.from(
        { length: count },
        (_, index) => referTo(dataset, split, first + index, samples.id(first + index)),
      );
      await drawViews({
        origin,
        images,
        seeds,
        recipe,
        imageSize,
        output,
        mostDamaged: allowed + furtherDamaged,
      }, {
        drawer: origin === undefined ? await datasetDrawer(dataset, split, recipe) : undefined,
        onImage({ index, damage }) {
          if (damage !== undefined) damaged.set(first + index, damage);
          tried++;
          onProgress?.(tried, samples.length);
        },
      });
      return damaged;
    },
  };
}

/** Moves the views of sound samples together; returns how many bytes they take. */
function dropSamples(
  pixels: Uint8Array,
  first: number,
  damaged: ReadonlyMap<number, string>,
  bytesPerSample: number,
): number {
  const count = pixels.length / bytesPerSample;
  let to = 0;
  for (let index = 0; index < count; index++) {
    if (damaged.has(first + index)) continue;
    const from = index * bytesPerSample;
    if (to !== from) pixels.copyWithin(to, from, from + bytesPerSample);
    to += bytesPerSample;
  }
  return to;
}

/** Draws everything, piece by piece, into memory or into the file of the cache. */
async function drawAll(
  request: Request,
  { hash, draw }: RangeDrawer,
  memoryBytes: number,
): Promise<CachedViews | undefined> {
  const { dataset, split, samples, seeds, options: { imageSize }, allowed } = request;
  const viewBytes = 3 * imageSize ** 2;
  const bytesPerSample = seeds.length * viewBytes;
  const damaged = new Map<number, string>();
  const drawRange = async (first: number, output: Uint8Array) => {
    const count = output.length / bytesPerSample;
    for (const [sample, reason] of await draw(first, count, output)) damaged.set(sample, reason);
    if (damaged.size > allowed) {
      throw new DataError(damagedImagesMessage({
        damaged: listDamaged(samples, damaged),
        more: damaged.size > allowed + furtherDamaged || first + count < samples.length,
        files: samples.length,
        allowed,
        place: `split "${split}" of ${dataset.name}`,
      }));
    }
    return output.subarray(0, dropSamples(output, first, damaged, bytesPerSample));
  };
  const total = samples.length * bytesPerSample;
  if (total > memoryBytes) {
    await writeCachedViews({ key: hash, viewBytes }, async (writer) => {
      const perChunk = Math.max(1, Math.floor(chunkBytes / bytesPerSample));
      const chunk = sharedBytes(Math.min(perChunk, samples.length) * bytesPerSample);
      for (let first = 0; first < samples.length; first += perChunk) {
        const count = Math.min(perChunk, samples.length - first);
        await writer.add(await drawRange(first, chunk.subarray(0, count * bytesPerSample)));
      }
      return listDamaged(samples, damaged);
    });
    return undefined;
  }
  const drawn = sharedBytes(total);
  const kept = await drawRange(0, drawn);
  const pixels = damaged.size === 0 ? drawn : sharedBytes(kept.length);
  if (damaged.size > 0) pixels.set(kept);
  const skipped = listDamaged(samples, damaged);
  try {
    await writeCachedViews({ key: hash, viewBytes }, async (writer) => {
      await writer.add(pixels);
      return skipped;
    });
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    // They are in memory: only the next command has to draw them again.
    addDataWarning(`Cannot keep the views for the next command: ${error.message}`);
  }
  return { pixels, skipped };
}

/** Damaged samples in the order of the split. */
function listDamaged(
  samples: SampleList,
  damaged: ReadonlyMap<number, string>,
): SkippedImage[] {
  return [...damaged].sort(([a], [b]) => a - b)
    .map(([index, reason]) => ({ path: samples.id(index), reason }));
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
  const seeds = Array.from({ length: views }, (_, view) => seedOfView(seed, view));
  const request = {
    dataset,
    split,
    samples,
    seeds,
    options,
    role: options.role ?? role,
    allowed,
  };
  const ranges = await (dataset.composer === undefined ? decodedRanges : composedRanges)(request);
  const expected = {
    key: ranges.hash,
    samples: samples.length,
    viewsPerSample: views,
    viewBytes: 3 * imageSize ** 2,
  };
  let cached = await readCachedViews(expected, memoryBytes);
  // A larger budget may have been allowed when the views were kept: decode again to complain.
  if (cached !== undefined && cached.skipped.length > allowed) {
    if (!(cached.pixels instanceof Uint8Array)) cached.pixels.close();
    cached = undefined;
  }
  cached ??= await drawAll(request, ranges, memoryBytes) ??
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
    skipped: [...dataset.skipped(split), ...skipped],
  };
}
