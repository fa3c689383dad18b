/**
 * Single fresh views of a split, drawn at once: for a loop that wants another view at every turn.
 *
 * @module
 */

import sharp from "sharp";
import { ConfigError, DataError } from "../../errors.ts";
import type { Annotation } from "../annotation.ts";
import type { RgbImage } from "../augmentation/image_memory.ts";
import { type Dataset, getSplit, type SplitName, type ViewSource } from "../dataset.ts";
import { addDataWarning } from "../warnings.ts";
import {
  damagedImagesMessage,
  damageOf,
  defaultMaximumDamaged,
  isDamage,
} from "./damaged_images.ts";
import { drawImageView, recipeOfRole } from "./image_views.ts";

/** Short side at which images stay in memory; fixed sets and streamed views see every pixel. */
const openShortSide = 160;
/** Most bytes of images in memory. */
const mostBytesInMemory = 4 * 2 ** 30;
/** Once the budget is spent, a few more failures make the message useful, not all of them. */
const furtherDamaged = 20;
/** Images being decoded at the same time. */
const imagesInFlight = 4;

/** Which samples {@linkcode openViews} gives; all of the split by default. */
export interface OpenViewsOptions {
  /**
   * Keep only the samples of these groups, by which a composed data set divides them: icon sets, for
   * the embedded ones. @default {all}
   */
  groups?: readonly string[];
  /**
   * Views of a composed data set with more in them that is not the image's own; others have but one
   * kind. @default {false}
   */
  strong?: boolean;
}

/**
 * Opens a split for drawing. Images that are not composed are decoded at once and stay in memory, at
 * 160 pixels; folders that are too large for that are streamed by `freshViewBatches`.
 *
 * @throws {ConfigError} where the data set has no such split or group, or is too large.
 * @throws {DataError} where more than 1 % of the images cannot be decoded.
 */
export async function openViews(
  dataset: Dataset<Annotation>,
  split: SplitName,
  options: OpenViewsOptions = {},
): Promise<ViewSource> {
  const { role } = getSplit(dataset, split);
  if (dataset.composer !== undefined) return await dataset.composer.open(split, options);
  if (options.groups !== undefined) {
    throw new ConfigError(
      `Dataset "${dataset.name}" does not divide its samples into groups; remove the option groups`,
    );
  }
  sharp.concurrency(1);
  const samples = await dataset.samples(split);
  const images: (RgbImage | undefined)[] = new Array(samples.length);
  const allowed = defaultMaximumDamaged(samples.length);
  const damaged = new Map<number, string>();
  let bytes = 0, done = 0, next = 0;
  await Promise.all(Array.from({ length: imagesInFlight }, async () => {
    while (next < samples.length && damaged.size <= allowed + furtherDamaged) {
      const index = next++;
      try {
        const image = await dataset.decode(split, index, { shortSide: openShortSide });
        images[index] = image;
        bytes += image.pixels.length;
      } catch (error) {
        if (!isDamage(error)) throw error;
        damaged.set(index, damageOf(error));
      }
      done++;
      if (bytes > mostBytesInMemory) {
        throw new ConfigError(
          `Split "${split}" of ${dataset.name} is too large to be drawn from memory: more than ` +
            `${mostBytesInMemory / 2 ** 30} GiB. Use streamed views or a fixed number of views`,
        );
      }
    }
  }));
  const list = [...damaged].sort(([a], [b]) => a - b)
    .map(([index, reason]) => ({ path: samples.id(index), reason }));
  if (damaged.size > allowed) {
    throw new DataError(damagedImagesMessage({
      damaged: list,
      more: done < samples.length,
      files: samples.length,
      allowed,
      place: `split "${split}" of ${dataset.name}`,
    }));
  }
  for (const { path, reason } of list) {
    addDataWarning(`Left out ${path} of ${dataset.name}: ${reason}`);
  }
  const kept = images.flatMap((image, index) => image === undefined ? [] : [index]);
  const keptSamples = samples.select(kept);
  const recipe = recipeOfRole(role);
  return {
    samples: keptSamples,
    draw(sample, viewSeed, imageSize, output, offset) {
      const image = images[kept[sample] ?? -1];
      if (image === undefined) {
        throw new RangeError(
          `Cannot draw a view: sample is ${sample}, expected 0 to ${keptSamples.length - 1}`,
        );
      }
      const target = { imageSize, layout: "pixels", output, offset } as const;
      drawImageView(image, viewSeed, keptSamples.id(sample), recipe, target);
    },
  };
}
