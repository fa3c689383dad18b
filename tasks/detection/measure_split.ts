/**
 * What a detector finds on the images of a split, as evidence, and some of them as scenes.
 *
 * @module
 */

import type { CategoryFrequency, InstancesAnnotation } from "../../core/data/annotation.ts";
import type { Dataset, SplitName } from "../../core/data/dataset.ts";
import { DataError } from "../../core/errors.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import { openTestBatches } from "../../core/vision/batches/test_batches.ts";
import type { Detections } from "../../core/vision/detections.ts";
import { DetectionEvidenceBuilder } from "../../core/vision/evaluation/mod.ts";
import type { TaskContext } from "../task.ts";
import { testRule } from "./detection_options.ts";
import type { Detector } from "./mask_rcnn/detector.ts";
import { makeScene, type SceneFigure } from "./scene_figures.ts";
import type { DetectionSettings } from "./settings.ts";

type Context = TaskContext<InstancesAnnotation, DetectionSettings>;

/** Images that are looked at together. */
const testBatch = 8;

/** What was found on a split. */
export interface MeasuredSplit {
  readonly evidence: Evidence;
  readonly scenes: readonly SceneFigure[];
}

/**
 * Refuses splits on which nothing can be measured, before anything is trained.
 *
 * @throws {DataError} naming the first split without an object that counts: crowds do not.
 */
export async function assertMeasurableSplits(
  dataset: Dataset<InstancesAnnotation>,
  splits: readonly SplitName[],
): Promise<void> {
  for (const split of splits) {
    const { length } = await dataset.samples(split);
    let counts = false;
    for (let index = 0; index < length && !counts; index++) {
      if (dataset.imageCategories?.(split, index).length === 0) continue;
      const { crowd } = await dataset.annotation(split, index);
      counts = crowd.some((isCrowd) => isCrowd === 0);
    }
    if (counts) continue;
    throw new DataError(
      `Split ${split} of ${dataset.name} has no object that counts, so nothing can be measured on it; ` +
        "leave it out of evaluation.splits, or give it annotations",
    );
  }
}

/** Detections of every image of a split, by its index; damaged images are not there. */
async function findAll(
  context: Context,
  detector: Detector,
  split: SplitName,
): Promise<Map<number, Detections>> {
  const { dataset, settings } = context;
  const found = new Map<number, Detections>();
  const batches = await openTestBatches(dataset, split, {
    ...testRule(settings),
    divisor: settings.images.divisor,
    batchSize: testBatch,
    ...(settings.testImages === null
      ? {}
      : { samples: spreadPlaces((await dataset.samples(split)).length, settings.testImages) }),
  });
  for await (const batch of batches) {
    const detections = await detector.detect(batch);
    batch.sampleIndices.forEach((sample, place) => {
      if (sample >= 0) found.set(sample, detections[place]!);
    });
    context.progress(split, found.size, batches.count);
  }
  await context.countImages(split, {
    used: found.size,
    skipped: batches.skipped,
    hash: await dataset.fingerprint(split),
  });
  return found;
}

/** Places of some images, evenly over a list. */
export function spreadPlaces(count: number, wanted: number): number[] {
  const chosen = Math.min(count, wanted);
  return Array.from({ length: chosen }, (_, index) => Math.floor((index + 0.5) * count / chosen));
}

/** The images of a split that the report shows: they do not depend on what was found. */
async function makeScenes(
  dataset: Dataset<InstancesAnnotation>,
  split: SplitName,
  found: ReadonlyMap<number, Detections>,
  count: number,
): Promise<SceneFigure[]> {
  const samples = await dataset.samples(split);
  const indices = [...found.keys()].sort((a, b) => a - b);
  const scenes: SceneFigure[] = [];
  for (const [place, at] of spreadPlaces(indices.length, count).entries()) {
    const index = indices[at]!;
    scenes.push(
      await makeScene({
        id: samples.id(index),
        picture: `${place}`,
        image: await dataset.decode(split, index),
        truth: await dataset.annotation(split, index),
        detections: found.get(index)!,
        classNames: dataset.classNames,
      }),
    );
  }
  return scenes;
}

/** How a split is measured. */
export interface MeasureSplitOptions {
  /** Scenes for the report. */
  readonly scenes: number;
  /** For LVIS's rules. */
  readonly categoryFrequency?: readonly CategoryFrequency[] | undefined;
}

/** Measures a detector on a split. */
export async function measureSplit(
  context: Context,
  detector: Detector,
  split: SplitName,
  { scenes, categoryFrequency }: MeasureSplitOptions,
): Promise<MeasuredSplit> {
  const { dataset, settings } = context;
  const found = await findAll(context, detector, split);
  const samples = await dataset.samples(split);
  const builder = new DetectionEvidenceBuilder({
    categories: dataset.classNames.length,
    masks: true,
    classAgnostic: true,
    protocol: settings.protocol,
    ...(categoryFrequency === undefined ? {} : { categoryFrequency }),
  });
  // Of equal scores pycocotools takes that of the lower image id first.
  const idOf = (index: number) => dataset.imageId?.(split, index) ?? index;
  for (const index of [...found.keys()].sort((a, b) => idOf(a) - idOf(b) || a - b)) {
    const { width, height } = await sizeOf(dataset, split, index);
    builder.add({
      id: samples.id(index),
      width,
      height,
      truth: await dataset.annotation(split, index),
      detections: found.get(index)!,
    });
  }
  return {
    evidence: builder.build(),
    scenes: await makeScenes(dataset, split, found, scenes),
  };
}

/** Size of an image, from its list where the data set says it. */
async function sizeOf(dataset: Dataset<InstancesAnnotation>, split: SplitName, index: number) {
  return dataset.imageSize?.(split, index) ?? await dataset.decode(split, index);
}
