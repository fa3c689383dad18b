/**
 * What the settings of the task mean for a segmenter.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import type { Backbone } from "../../core/methods/backbone.ts";
import { imagenetNormalization } from "../../students/student.ts";
import type { SegmenterInference } from "./pixel_classifier.ts";
import type { SegmentationLossOptions } from "./segmenter_graph.ts";
import type { SegmentationSettings } from "./settings.ts";
import type { SegmenterSpec } from "./spec.ts";

/**
 * The segmenter of some settings on a student.
 *
 * @param classes Number of classes.
 */
export function segmenterSpecOf(
  backbone: Backbone,
  { head }: Pick<SegmentationSettings, "head">,
  classes: number,
): SegmenterSpec {
  const { name, outputStride, channels, rates, auxiliary, alignCorners, dropout } = head;
  return {
    backbone,
    preprocess: head.normalization === "imagenet" ? imagenetNormalization : backbone.preprocess,
    head: name,
    classes,
    auxiliary,
    dilation: { outputStride },
    ...(channels === null ? {} : { channels }),
    rates,
    alignCorners,
    dropout,
    statistics: head.batchNorm === "train" ? "batch" : "frozen",
  };
}

/**
 * What the loss counts.
 *
 * @throws {ConfigError} when there are not as many class weights as classes.
 */
export function lossOptionsOf(
  { training }: Pick<SegmentationSettings, "training">,
  classes: number,
): SegmentationLossOptions {
  const { auxiliaryWeight, classWeights, hardExamples, average, batchSize } = training;
  if (classWeights !== null && classWeights.length !== classes) {
    throw new ConfigError(
      `Cannot train a segmenter: tasks.semantic-segmentation.training.classWeights: expected ` +
        `${classes} numbers, one for each class, got ${classWeights.length}`,
    );
  }
  return {
    auxiliaryWeight,
    average,
    ...(classWeights === null ? {} : { classWeights }),
    ...(hardExamples === null ? {} : {
      hardExamples: { ...hardExamples, minimumKept: hardExamples.minimumKept * batchSize },
    }),
  };
}

/** How test images are looked at. */
export function inferenceOf(
  { inference }: Pick<SegmentationSettings, "inference">,
): SegmenterInference {
  const { mode, crop, stride, resize, scales, flip } = inference;
  return {
    scales,
    flip,
    ...(resize === null ? {} : { resize }),
    ...(mode === "slide" ? { slide: { crop, stride } } : {}),
  };
}
