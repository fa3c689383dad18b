/**
 * What a segmenter makes of the images of a split, as evidence, and of some of them as scenes.
 *
 * @module
 */

import type { RgbImage } from "../../core/data/augmentation/image_memory.ts";
import type { SegmentationAnnotation } from "../../core/data/annotation.ts";
import {
  type Dataset,
  getSplit,
  type SkippedImage,
  type SplitName,
} from "../../core/data/dataset.ts";
import {
  damagedImagesMessage,
  damageOf,
  defaultMaximumDamaged,
} from "../../core/data/views/damaged_images.ts";
import { DataError } from "../../core/errors.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import { type Figures, figuresFileName, formatFigures } from "../../core/results/figures.ts";
import { SegmentationEvidenceBuilder } from "../../core/vision/evaluation/mod.ts";
import { ignoredValue } from "../../core/vision/evaluation/segmentation/judged_map.ts";
import type { TaskContext } from "../task.ts";
import { segmentationFigures } from "./figures.ts";
import { MapScenes } from "./map_scenes.ts";
import type { PixelClassifier } from "./pixel_classifier.ts";
import type { SegmentationSettings } from "./settings.ts";

/** What measuring reads of a task's context. */
type Context = Pick<
  TaskContext<
    SegmentationAnnotation,
    Pick<SegmentationSettings, "testImages" | "boundaries" | "scenes">
  >,
  "dataset" | "settings" | "splits" | "progress" | "countImages" | "keepFile"
>;

/** What was found on a split. */
interface MeasuredSplit {
  readonly evidence: Evidence;
  readonly figures: Figures;
}

/** Places of some images, evenly over a list; all where `wanted` is null. */
export function spreadPlaces(count: number, wanted: number | null): number[] {
  const chosen = Math.min(count, wanted ?? count);
  return Array.from({ length: chosen }, (_, index) => Math.floor((index + 0.5) * count / chosen));
}

/** The message for a split of which nothing is judged. */
export function nothingJudgedMessage(
  { name, classNames }: Pick<Dataset, "name" | "classNames">,
  split: SplitName,
  count: number,
): string {
  return `Split "${split}" of ${name}: no pixel of its ${count} images is judged; expected ` +
    `pixels of ${classNames.slice(0, 3).map((name) => `"${name}"`).join(", ")}, …`;
}

/**
 * Measures a segmenter on a split, one image at a time, each at its own size. Damaged images are left
 * out and counted.
 *
 * @param sceneCount Images that the report shows, evenly over the split.
 * @throws {DataError} when more images are damaged than may be, or no pixel of any is judged.
 */
async function measureSplit(
  { dataset, settings, progress, countImages }: Context,
  segmenter: Pick<PixelClassifier, "segment">,
  split: SplitName,
  sceneCount: number,
): Promise<MeasuredSplit> {
  const samples = await dataset.samples(split);
  const places = spreadPlaces(samples.length, settings.testImages);
  const builder = new SegmentationEvidenceBuilder({
    classes: dataset.classNames.length,
    boundaries: settings.boundaries,
  });
  const shown = new Set(spreadPlaces(places.length, sceneCount));
  const scenes = new MapScenes(dataset.classNames.length);
  const allowed = defaultMaximumDamaged(samples.length);
  const damaged: SkippedImage[] = [];
  const decode = async (index: number): Promise<RgbImage | undefined> => {
    try {
      return await dataset.decode(split, index);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      damaged.push({ path: samples.id(index), reason: damageOf(error), stage: "decoding" });
    }
    const more = damaged.length < places.length;
    if (damaged.length <= allowed && more) return undefined;
    throw new DataError(damagedImagesMessage({
      damaged,
      more,
      files: samples.length,
      allowed,
      place: `split "${split}" of ${dataset.name}`,
    }));
  };
  let isJudged = false;
  for (const [done, index] of places.entries()) {
    const image = await decode(index);
    if (image) {
      const { height, width } = image;
      const id = samples.id(index);
      const truth = await dataset.annotation(split, index);
      const ignored = ignoredValue(truth.map);
      isJudged ||= truth.map.some((label) => label !== ignored);
      const prediction = await segmenter.segment(image);
      builder.add({ id, height, width, truth: truth.map, prediction });
      if (shown.has(done)) await scenes.add({ id, image, truth, prediction });
    }
    progress(split, done + 1, places.length);
  }
  if (!isJudged) throw new DataError(nothingJudgedMessage(dataset, split, places.length));
  await countImages(split, {
    used: places.length - damaged.length,
    skipped: [...dataset.skipped(split), ...damaged],
    hash: await dataset.fingerprint(split),
  });
  const evidence = builder.build();
  const { classNames } = dataset;
  const figures = segmentationFigures(evidence, {
    split,
    classNames,
    confusion: builder.confusion(),
    scenes: scenes.scenes,
  });
  return { evidence, figures };
}

/**
 * Measures a segmenter on all splits, and keeps the figures of the first that is a test.
 *
 * @throws {DataError} when more images are damaged than may be.
 */
export async function measureSplits(
  context: Context,
  segmenter: Pick<PixelClassifier, "segment">,
): Promise<Record<SplitName, Evidence>> {
  const { dataset, settings, splits, keepFile } = context;
  const shown = splits.find((split) => getSplit(dataset, split).role === "test") ?? splits[0];
  const measured: Record<SplitName, Evidence> = {};
  for (const split of splits) {
    const scenes = split === shown ? settings.scenes : 0;
    const { evidence, figures } = await measureSplit(context, segmenter, split, scenes);
    measured[split] = evidence;
    if (split === shown) await keepFile(figuresFileName, formatFigures(figures));
  }
  return measured;
}
