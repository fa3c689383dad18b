/**
 * Settings of the task as the parts of a detector take them.
 *
 * @module
 */

import type { DetectionBatchesOptions } from "../../core/vision/batches/training_batches.ts";
import type { ResizeRule } from "../../core/vision/batches/resize_rule.ts";
import type { InferenceSettings } from "./mask_rcnn/detector.ts";
import type { TargetSettings } from "./mask_rcnn/drawn_targets.ts";
import type { PoolingSettings } from "./mask_rcnn/pooled_regions.ts";
import type { DetectionSettings } from "./settings.ts";

/** How regions are pooled. */
export function poolingOf({ regions }: DetectionSettings): PoolingSettings {
  const { samplingRatio, aligned, canonicalSize } = regions;
  return { samplingRatio, aligned, canonicalSize };
}

/** How a trained detector finds. */
export function inferenceOf(settings: DetectionSettings): InferenceSettings {
  const { proposals, detections } = settings;
  return {
    proposals: {
      candidates: proposals.testCandidates,
      kept: proposals.testKept,
      suppressionIou: proposals.suppressionIou,
    },
    pooling: poolingOf(settings),
    detections,
  };
}

/** What a training step trains on. */
export function targetsOf({ proposals, regions }: DetectionSettings): TargetSettings {
  return {
    anchors: {
      positiveIou: proposals.positiveIou,
      negativeIou: proposals.negativeIou,
      samples: proposals.samples,
      positiveShare: proposals.positiveShare,
    },
    proposals: {
      candidates: proposals.trainCandidates,
      kept: proposals.trainKept,
      suppressionIou: proposals.suppressionIou,
    },
    regions: {
      positiveIou: regions.positiveIou,
      samples: regions.samples,
      positiveShare: regions.positiveShare,
    },
  };
}

/** Sizes of test images. */
export function testRule({ images }: DetectionSettings): ResizeRule {
  return { shortSide: images.testShortSide, longSide: images.longSide };
}

/** Batches of a training. */
export function trainingBatchesOf(
  { images, training }: DetectionSettings,
  seed: number,
): DetectionBatchesOptions {
  return {
    batchSize: training.batchSize,
    seed,
    shortSides: images.shortSides,
    longSide: images.longSide,
    divisor: images.divisor,
    mirrorProbability: images.flip,
    ...(images.oversample === 0 ? {} : { oversampling: images.oversample }),
    ...(images.emptyImages ? {} : { emptyImages: false }),
  };
}
