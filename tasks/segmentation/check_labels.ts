/**
 * A look at the labels before anything is trained: what is wrong with them is better said in the first
 * minute than after the training.
 *
 * @module
 */

import type { SegmentationAnnotation } from "../../core/data/annotation.ts";
import { type Dataset, type SplitName, trainSplit } from "../../core/data/dataset.ts";
import { DataError } from "../../core/errors.ts";
import { ignoredValue } from "../../core/vision/evaluation/segmentation/judged_map.ts";
import type { TaskContext } from "../task.ts";
import { nothingJudgedMessage, spreadPlaces } from "./measure_split.ts";
import type { SegmentationSettings } from "./settings.ts";

type Context = Pick<
  TaskContext<SegmentationAnnotation, Pick<SegmentationSettings, "testImages">>,
  "dataset" | "settings" | "splits" | "progress" | "warn"
>;

type LabelledDataset = Dataset<SegmentationAnnotation>;

/** Labels of an image; undefined where the image itself is damaged, which is counted elsewhere. */
async function labelsOf(
  dataset: LabelledDataset,
  split: SplitName,
  index: number,
): Promise<SegmentationAnnotation["map"] | undefined> {
  try {
    return (await dataset.annotation(split, index)).map;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const isDamaged = await dataset.decode(split, index).then(() => false, () => true);
    if (isDamaged) return undefined;
    throw error;
  }
}

/** Looks at the labels of the images that are going to be measured. */
async function checkMeasured(context: Context, split: SplitName): Promise<void> {
  const { dataset, settings, progress, warn } = context;
  const { length } = await dataset.samples(split);
  const places = spreadPlaces(length, settings.testImages);
  const seen = new Uint8Array(2 ** 16);
  for (const [done, index] of places.entries()) {
    const map = await labelsOf(dataset, split, index);
    if (map !== undefined) {
      const ignored = ignoredValue(map);
      for (const label of map) if (label !== ignored) seen[label] = 1;
    }
    progress(`labels of ${split}`, done + 1, places.length);
  }
  const missing = dataset.classNames.filter((_, label) => seen[label] === 0);
  if (missing.length === dataset.classNames.length) {
    throw new DataError(nothingJudgedMessage(dataset, split, places.length));
  }
  // A few images need not show everything.
  if (missing.length > 0 && places.length === length) {
    warn(
      `No pixel of ${missing.map((name) => `"${name}"`).join(", ")} in ${split} of ` +
        `${dataset.name}: where no model sees one either, a class does not count in a mean`,
    );
  }
}

/** Looks for an image with something to learn. */
async function checkTrained(dataset: LabelledDataset): Promise<void> {
  const split = trainSplit(dataset);
  const { length } = await dataset.samples(split);
  for (let index = 0; index < length; index++) {
    const map = await labelsOf(dataset, split, index);
    if (map?.some((label) => label !== ignoredValue(map))) return;
  }
  throw new DataError(nothingJudgedMessage(dataset, split, length));
}

/**
 * Checks the labels of all measured images, and that the images for training show something.
 *
 * @throws {DataError} naming the file, the number and its place where labels are wrong, or the split of
 *     which nothing is judged.
 */
export async function checkLabels(context: Context): Promise<void> {
  await checkTrained(context.dataset);
  for (const split of context.splits) await checkMeasured(context, split);
}
