/**
 * One crop of a batch, from its files to its place: in a Worker or in the thread that trains.
 *
 * @module
 */

import type { SegmentationAnnotation } from "../../data/annotation.ts";
import type { Dataset, SplitName } from "../../data/dataset.ts";
import { openDatasetInWorker } from "../../data/registry.ts";
import { damageOf, isDamage } from "../../data/views/damaged_images.ts";
import { DataError } from "../../errors.ts";
import { RandomStream } from "../../random.ts";
import { CropPainter, type CropPlace, type CropRules } from "./crop_image.ts";
import { assertOriginalSize } from "./paint_image.ts";
import type { Paint } from "./painters.ts";

/** A crop to be painted. Can be sent to Workers. */
export interface CropRequest extends CropPlace {
  /** Index of the image in its split. */
  readonly sample: number;
  /** Its id, for messages. */
  readonly id: string;
  readonly seed: number;
  readonly step: number;
  /** Place in the batch; with seed and step it names the random numbers. */
  readonly place: number;
}

/** Where Workers get images and classes from, and what they make of them. */
export interface CropOrigin {
  readonly name: string;
  readonly split: SplitName;
  /** Modules to import before. */
  readonly modules: readonly string[];
  readonly rules: CropRules;
}

/** Paints crops of the images of a data set that is open in this thread. */
export function cropPainter(
  dataset: Dataset<SegmentationAnnotation>,
  split: SplitName,
  rules: CropRules,
): Paint<CropRequest> {
  const painter = new CropPainter(rules, dataset.classNames.length);
  return async ({ sample, id, seed, step, place, image: output, labels }) => {
    let image;
    try {
      image = await dataset.decode(split, sample);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return damageOf(error);
    }
    // Wrong labels are no damage of an image that could be left out: they are told of at once.
    const truth = await dataset.annotation(split, sample);
    const pixels = truth.width * truth.height;
    if (truth.map.length !== pixels) {
      throw new DataError(
        `Cannot train on image ${id}: expected a map of ${truth.width} × ${truth.height} = ${pixels} ` +
          `pixels, got ${truth.map.length}`,
      );
    }
    try {
      assertOriginalSize(image, truth);
    } catch (error) {
      throw new DataError(`Cannot train on image ${id}: ${damageOf(error)}`);
    }
    const random = new RandomStream(seed, "segmentation crop", step, place);
    painter.paint({ id, image, truth }, random, { image: output, labels });
    return undefined;
  };
}

/** Opens what a Worker paints from. */
export async function openCropPainter(
  { name, split, modules, rules }: CropOrigin,
): Promise<Paint<CropRequest>> {
  const dataset = await openDatasetInWorker(name, modules);
  // A split is listed before its images can be told of by their places.
  await dataset.samples(split);
  return cropPainter(dataset as Dataset<SegmentationAnnotation>, split, rules);
}
