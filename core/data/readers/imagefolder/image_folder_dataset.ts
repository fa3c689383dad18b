/**
 * Any folder of images as a dataset: `imagefolder:PATH`.
 *
 * @module
 */

import { join } from "node:path";
import sharp from "sharp";
import { ConfigError, DataError } from "../../../errors.ts";
import { hashJson, sha256 } from "../../../files.ts";
import type { RgbImage } from "../../augmentation/image_memory.ts";
import type { AugmentationRecipe } from "../../augmentation/recipes.ts";
import {
  checkLoadViewsOptions,
  checkSplit,
  type Dataset,
  datasetFamilies,
  type LoadViewsOptions,
  type OpenViewsOptions,
  type Sample,
  type SkippedImage,
  type SplitName,
  type ViewSet,
  type ViewSource,
} from "../../dataset.ts";
import { readCachedViews, sharedBytes, writeCachedViews } from "../../view_cache.ts";
import { addDataWarning } from "../../warnings.ts";
import { seedOfView } from "../emoji/views/composed_view.ts";
import { damagedImagesMessage, damageOf, defaultMaximumDamaged } from "./damaged_images.ts";
import { type FolderListing, listFolder } from "./folder_listing.ts";
import { drawViews } from "./draw_views.ts";
import { decodeImage, type DecodeOptions } from "./image_decoder.ts";
import { drawImageView, imageViewVersion, recipeOfSplit } from "./image_views.ts";

/** Short side at which images stay in memory for fresh views; fixed sets see every pixel. */
const openShortSide = 160;
/** Most bytes of images in memory for fresh views. */
const mostBytesInMemory = 4 * 2 ** 30;
/** Once the budget is spent, a few more failures make the message useful, not all of them. */
const furtherDamaged = 20;
/** Images being decoded at the same time. */
const imagesInFlight = 4;

/** Runs `work` for 0 … count − 1, a few at a time. */
async function forEachInFlight(count: number, work: (index: number) => Promise<void>) {
  let next = 0;
  await Promise.all(Array.from({ length: imagesInFlight }, async () => {
    while (next < count) await work(next++);
  }));
}

/** Fresh views of images that are in memory. */
class ImageViewSource implements ViewSource {
  readonly samples: readonly Sample[];
  readonly #images: readonly RgbImage[];
  readonly #recipe: AugmentationRecipe;

  constructor(
    samples: readonly Sample[],
    images: readonly RgbImage[],
    recipe: AugmentationRecipe,
  ) {
    this.samples = samples;
    this.#images = images;
    this.#recipe = recipe;
  }

  draw(
    sample: number,
    viewSeed: number,
    imageSize: number,
    output: Uint8Array,
    offset: number,
  ): void {
    const image = this.#images[sample];
    if (image === undefined) {
      throw new RangeError(
        `Cannot draw a view: sample is ${sample}, wanted 0 to ${this.samples.length - 1}`,
      );
    }
    const { id } = this.samples[sample]!;
    const target = { imageSize, layout: "pixels", output, offset } as const;
    drawImageView(image, viewSeed, id, this.#recipe, target);
  }
}

/** A folder of images; see {@linkcode listFolder} for how it is read. */
class ImageFolderDataset implements Dataset {
  readonly name: string;
  readonly title: string;
  readonly classNames: readonly string[];
  readonly splits: readonly SplitName[];
  readonly #listing: FolderListing;

  constructor(path: string, listing: FolderListing) {
    this.name = `imagefolder:${path}`;
    this.title = `images of ${path}`;
    this.classNames = listing.classNames;
    this.splits = [...listing.samples.keys()];
    this.#listing = listing;
  }

  #samples(split: SplitName): readonly Sample[] {
    checkSplit(this.name, split, this.splits);
    return this.#listing.samples.get(split)!;
  }

  // deno-lint-ignore require-await -- a wrong split must reject, not throw
  async samples(split: SplitName): Promise<readonly Sample[]> {
    return this.#samples(split);
  }

  /** Links that leave the folder, among the files of a split or beside its divided classes. */
  #skippedLinks(split: SplitName): SkippedImage[] {
    const { divided, skipped } = this.#listing;
    return skipped.filter(({ path }) => divided || path.startsWith(`${split}/`));
  }

  /** @throws {DataError} naming the damaged images, where there are more than allowed. */
  #assertFewDamaged(
    split: SplitName,
    damaged: ReadonlyMap<number, string>,
    { allowed, done }: { allowed: number; done: number },
  ): void {
    if (damaged.size <= allowed) return;
    const samples = this.#samples(split);
    throw new DataError(damagedImagesMessage({
      damaged: listDamaged(samples, damaged),
      more: done < samples.length,
      files: samples.length,
      allowed,
      place: `split "${split}" of ${this.#listing.root}`,
    }));
  }

  /** Decodes all images of a split, a few at a time; the reasons of those that fail. */
  async #decodeAll(
    split: SplitName,
    options: DecodeOptions,
    take: (index: number, image: RgbImage) => void,
  ): Promise<ReadonlyMap<number, string>> {
    sharp.concurrency(1);
    const samples = this.#samples(split);
    const allowed = defaultMaximumDamaged(samples.length);
    const damaged = new Map<number, string>();
    let done = 0;
    await forEachInFlight(samples.length, async (index) => {
      if (damaged.size > allowed + furtherDamaged) return;
      let image: RgbImage | undefined;
      try {
        image = await decodeImage(join(this.#listing.root, samples[index]!.id), options);
      } catch (error) {
        damaged.set(index, damageOf(error));
      }
      if (image !== undefined) take(index, image);
      done++;
    });
    this.#assertFewDamaged(split, damaged, { allowed, done });
    return damaged;
  }

  /** Content key of a split: what its files hold. */
  async #hashFiles(split: SplitName): Promise<string> {
    const samples = this.#samples(split);
    const hashes = new Array<string>(samples.length);
    await forEachInFlight(samples.length, async (index) => {
      const path = join(this.#listing.root, samples[index]!.id);
      hashes[index] = await Deno.readFile(path).then(sha256, () => "unreadable");
    });
    return hashJson(samples.map(({ id, label }, index) => [id, label, hashes[index]]));
  }

  async loadViews(split: SplitName, options: LoadViewsOptions): Promise<ViewSet> {
    checkLoadViewsOptions(options);
    const { views, imageSize, seed, onProgress, maximumDamaged } = options;
    const all = this.#samples(split);
    const recipe = recipeOfSplit(split);
    const hash = hashJson({
      imageViewVersion,
      files: await this.#hashFiles(split),
      views,
      imageSize,
      seed,
      recipe,
      sharp: sharp.versions.sharp,
      vips: sharp.versions.vips,
    });
    const viewBytes = imageSize * imageSize * 3;
    let cached = await readCachedViews(hash, all.length, views * viewBytes);
    const allowed = maximumDamaged ?? defaultMaximumDamaged(all.length);
    // A larger budget may have been allowed when the views were kept: decode again to complain.
    if (cached !== undefined && cached.skipped.length > allowed) cached = undefined;
    if (cached === undefined) {
      const drawn = sharedBytes(all.length * views * viewBytes);
      const damaged = new Map<number, string>();
      let done = 0;
      await drawViews({
        files: all.map(({ id }) => ({ path: join(this.#listing.root, id), id })),
        seeds: Array.from({ length: views }, (_, view) => seedOfView(seed, view)),
        recipe,
        imageSize,
        output: drawn,
        mostDamaged: allowed + furtherDamaged,
      }, {
        onFile({ index, damage }) {
          if (damage !== undefined) damaged.set(index, damage);
          done++;
          onProgress?.(done, all.length);
        },
      });
      this.#assertFewDamaged(split, damaged, { allowed, done });
      cached = {
        pixels: dropSamples(drawn, damaged, views * viewBytes),
        skipped: listDamaged(all, damaged),
      };
      await writeCachedViews(hash, cached);
    }
    onProgress?.(all.length, all.length);
    const left = new Set(cached.skipped.map(({ path }) => path));
    return {
      samples: all.filter(({ id }) => !left.has(id)),
      viewsPerSample: views,
      imageSize,
      pixels: cached.pixels,
      hash,
      skipped: [...this.#skippedLinks(split), ...cached.skipped],
    };
  }

  async openViews(split: SplitName, options: OpenViewsOptions = {}): Promise<ViewSource> {
    if (options.artists !== undefined) {
      throw new ConfigError(`Dataset "${this.name}" has no artists to choose from`);
    }
    const samples = this.#samples(split);
    const images: (RgbImage | undefined)[] = [];
    let bytes = 0;
    const damaged = await this.#decodeAll(
      split,
      { shortSide: openShortSide },
      (index, image) => {
        images[index] = image;
        bytes += image.pixels.length;
        if (bytes > mostBytesInMemory) {
          throw new ConfigError(
            `Split "${split}" of ${this.name} is too large for fresh views: more than ` +
              `${mostBytesInMemory / 2 ** 30} GiB in memory. Use a fixed number of views`,
          );
        }
      },
    );
    for (const [index, reason] of damaged) {
      addDataWarning(`Left out ${samples[index]!.id} of ${this.name}: ${reason}`);
    }
    const kept = samples.flatMap((sample, index) => {
      const image = images[index];
      return image === undefined ? [] : [{ sample, image }];
    });
    return new ImageViewSource(
      kept.map(({ sample }) => sample),
      kept.map(({ image }) => image),
      recipeOfSplit(split),
    );
  }
}

/** Damaged samples in the order of the split. */
function listDamaged(
  samples: readonly Sample[],
  damaged: ReadonlyMap<number, string>,
): SkippedImage[] {
  return [...damaged].sort(([a], [b]) => a - b)
    .map(([index, reason]) => ({ path: samples[index]!.id, reason }));
}

/** Pixels without those of the damaged samples. */
function dropSamples(
  pixels: Uint8Array,
  damaged: ReadonlyMap<number, string>,
  bytesPerSample: number,
): Uint8Array {
  if (damaged.size === 0) return pixels;
  const samples = pixels.length / bytesPerSample;
  const kept = sharedBytes((samples - damaged.size) * bytesPerSample);
  let to = 0;
  for (let sample = 0; sample < samples; sample++) {
    if (damaged.has(sample)) continue;
    kept.set(pixels.subarray(sample * bytesPerSample, (sample + 1) * bytesPerSample), to);
    to += bytesPerSample;
  }
  return kept;
}

datasetFamilies.set("imagefolder", async (path) => {
  if (path === "") {
    throw new ConfigError('Dataset "imagefolder:" names no folder; write "imagefolder:PATH"');
  }
  return new ImageFolderDataset(path, await listFolder(path));
});
