/**
 * Drawing a whole split, range by range, into memory or into the file of the cache.
 *
 * @module
 */

import sharp from "sharp";
import { cacheRequiredError, keepInCache } from "../../cache.ts";
import { DataError, WriteError } from "../../errors.ts";
import { hashJson } from "../../files.ts";
import type { Annotation } from "../annotation.ts";
import type { Dataset, SkippedImage, SplitName, SplitRole } from "../dataset.ts";
import type { SampleList } from "../sample_list.ts";
import { decodingKey } from "../decoding/image_decoder.ts";
import { damagedImagesMessage } from "./damaged_images.ts";
import { drawViews } from "./draw_views.ts";
import { hashImages } from "./hash_images.ts";
import { datasetDrawer, originOf, referTo } from "./image_drawer.ts";
import { imageViewVersion, recipeOfRole } from "./image_views.ts";
import { type CachedViews, writeCachedViews } from "./view_cache.ts";
import { sharedBytes } from "./view_set.ts";

/** Bytes drawn at a time where a set goes to a file. */
const chunkBytes = 256 * 2 ** 20;
/** Once the budget is spent, a few more failures make the message useful, not all of them. */
const furtherDamaged = 20;

/** Draws one range of samples after the other. */
export interface RangeDrawer {
  /** Draws `count` samples from `first` on; the reasons of those that failed, by sample. */
  draw(first: number, count: number, output: Uint8Array): Promise<ReadonlyMap<number, string>>;
  /** Content key of the views. */
  readonly hash: string;
}

/** What is to be drawn. */
export interface SplitDrawing {
  readonly dataset: Dataset<Annotation>;
  readonly split: SplitName;
  readonly samples: SampleList;
  /** Seed of all, and of each view of a sample. */
  readonly seed: number;
  readonly seeds: readonly number[];
  /** Side of a view in pixels. */
  readonly imageSize: number;
  readonly role: SplitRole;
  /** How many images may fail to decode. */
  readonly allowed: number;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/** Composed views: drawn in this thread, which takes less time than Workers take to open icons. */
export async function composedRanges(
  { dataset, split, samples, seed, seeds, imageSize, role, onProgress }: SplitDrawing,
): Promise<RangeDrawer> {
  const views = seeds.length;
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
export async function decodedRanges(
  { dataset, split, samples, seed, seeds, imageSize, role, allowed, onProgress }: SplitDrawing,
): Promise<RangeDrawer> {
  const views = seeds.length;
  const recipe = recipeOfRole(role);
  const origin = originOf(dataset, split, role);
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
      ...decodingKey(),
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
        drawer: origin === undefined ? await datasetDrawer(dataset, split, role) : undefined,
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

/**
 * Draws everything and keeps it in the cache.
 *
 * @param memoryBytes A larger set goes to its file alone: undefined then, to be read from there.
 * @throws {DataError} where more images are damaged than allowed.
 * @throws {WriteError} where a set must go to a file that cannot be written.
 */
export async function drawSplit(
  drawing: SplitDrawing,
  { hash, draw }: RangeDrawer,
  memoryBytes: number,
): Promise<CachedViews | undefined> {
  const { dataset, split, samples, seeds, imageSize, allowed } = drawing;
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
    const write = () =>
      writeCachedViews({ key: hash, viewBytes }, async (writer) => {
        const perChunk = Math.max(1, Math.floor(chunkBytes / bytesPerSample));
        const chunk = sharedBytes(Math.min(perChunk, samples.length) * bytesPerSample);
        for (let first = 0; first < samples.length; first += perChunk) {
          const count = Math.min(perChunk, samples.length - first);
          await writer.add(await drawRange(first, chunk.subarray(0, count * bytesPerSample)));
        }
        return listDamaged(samples, damaged);
      });
    try {
      await write();
    } catch (error) {
      if (!(error instanceof WriteError)) throw error;
      throw cacheRequiredError(`the views of ${dataset.name}`, error);
    }
    return undefined;
  }
  const drawn = sharedBytes(total);
  const kept = await drawRange(0, drawn);
  const pixels = damaged.size === 0 ? drawn : sharedBytes(kept.length);
  if (damaged.size > 0) pixels.set(kept);
  const skipped = listDamaged(samples, damaged);
  await keepInCache(() =>
    writeCachedViews({ key: hash, viewBytes }, async (writer) => {
      await writer.add(pixels);
      return skipped;
    })
  );
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
