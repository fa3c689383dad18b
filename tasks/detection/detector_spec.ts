/**
 * The detector that settings describe, on a student.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import type { Backbone, BackboneLevel } from "../../core/methods/backbone.ts";
import { imagenetNormalization } from "../../students/student.ts";
import { stageParameters } from "./frozen_stages.ts";
import type { DetectorSpec } from "./mask_rcnn/spec.ts";
import type { DetectionSettings } from "./settings.ts";

/** A student as a detector needs it. */
export interface DetectorBackbone {
  readonly architecture: Backbone;
  /** Side of the images of its pre-training, pixels. */
  readonly imageSize: number;
  /** Its feature maps, finest first. */
  readonly levels: readonly BackboneLevel[];
}

/** Strides of the levels that the pyramid takes. @throws {ConfigError} naming those that there are not. */
function stridesOf(
  { levels }: DetectorBackbone,
  { features }: Pick<DetectionSettings, "features">,
): number[] {
  const missing = features.levels.filter((name) => !levels.some((level) => level.name === name));
  if (missing.length > 0) {
    const known = levels.map(({ name, stride }) => `${name} (stride ${stride})`);
    throw new ConfigError(
      `Cannot build a detector: the student has no level ${missing.join(", ")}; it has ${
        known.join(", ") || "none"
      }. Choose with tasks.detection.features.levels`,
    );
  }
  return features.levels.map((name) => levels.find((level) => level.name === name)!.stride);
}

/**
 * The detector of some settings on a student.
 *
 * @param classes Categories, without the background.
 * @throws {ConfigError} where the student has not the levels that are asked for.
 */
export function detectorSpecOf(
  backbone: DetectorBackbone,
  settings: DetectionSettings,
  classes: number,
): DetectorSpec {
  const { architecture, imageSize } = backbone;
  const { features, anchors, regions, training } = settings;
  const strides = stridesOf(backbone, settings);
  const all = features.poolLevel ? [...strides, 2 * strides.at(-1)!] : strides;
  const frozen = stageParameters(architecture, { imageSize, stages: features.frozenStages });
  return {
    backbone: architecture,
    preprocess: features.normalization === "imagenet"
      ? imagenetNormalization
      : architecture.preprocess,
    levels: features.levels,
    poolLevel: features.poolLevel,
    classes,
    channels: features.channels,
    anchors: {
      sizes: all.map((stride) => [anchors.scale * stride]),
      aspectRatios: anchors.aspectRatios,
    },
    boxHead: { hidden: regions.hidden },
    maskHead: { channels: regions.maskChannels, convolutions: regions.maskConvolutions },
    batchNorm: {
      statistics: features.batchNorm === "train" ? "batch" : "frozen",
      trainAffine: features.batchNorm !== "fixed",
    },
    frozen: (name) => training.backboneFactor === 0 || frozen.has(name),
  };
}
