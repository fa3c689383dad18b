/**
 * What a segmenter is made of.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import type { Backbone, FeatureOptions } from "../../core/methods/backbone.ts";
import type { BatchNormStatistics } from "../../core/nn/module_context.ts";

/** A stage of a backbone. */
export type LevelName = "c2" | "c3" | "c4" | "c5";

/** Name of a head. */
export type HeadName = "fcn" | "deeplab_v3" | "pspnet" | "deeplab_v3_plus";

/** A backbone with a head that gives every pixel a class. */
export interface SegmenterSpec {
  readonly backbone: Backbone;
  /** Mean and standard deviation of the input's channels, 0 to 1. */
  readonly preprocess: { readonly mean: readonly number[]; readonly std: readonly number[] };
  readonly head: HeadName;
  readonly classes: number;
  /** The map that the head reads. @default {"c5"} */
  readonly level?: LevelName;
  /** The map that an auxiliary FCN head reads in training; null for none. @default {null} */
  readonly auxiliary?: LevelName | null;
  /** How the last stages of the backbone are dilated. */
  readonly dilation?: FeatureOptions;
  /**
   * Channels inside the head. FCN has a quarter of its map's, whatever is given.
   *
   * @default {512 for PSPNet, 256 for DeepLab}
   */
  readonly channels?: number;
  /** Dilations of DeepLab's pyramid. @default {[12, 24, 36]} */
  readonly rates?: readonly number[];
  /**
   * Whether maps are resized with the middles of their corners aligned: mmsegmentation and torchvision
   * do not, segmentation_models.pytorch does.
   *
   * @default {false}
   */
  readonly alignCorners?: boolean;
  /** Probability that a channel is dropped before the last layer, in training. @default {0.1} */
  readonly dropout?: number;
  /** Statistics of the backbone's BatchNorm in training. @default {"batch"} */
  readonly statistics?: BatchNormStatistics;
}

/** A segmenter with all its defaults. */
export type CompleteSegmenterSpec = Required<SegmenterSpec>;

/**
 * Fills in the defaults.
 *
 * @throws {ConfigError} for a segmenter that cannot be built.
 */
export function completeSpec(spec: SegmenterSpec): CompleteSegmenterSpec {
  const complete: CompleteSegmenterSpec = {
    level: "c5",
    auxiliary: null,
    dilation: {},
    channels: spec.head === "pspnet" ? 512 : 256,
    rates: [12, 24, 36],
    alignCorners: false,
    dropout: 0.1,
    statistics: "batch",
    ...spec,
  };
  const fail = (reason: string) => {
    throw new ConfigError(`Cannot build a segmenter: ${reason}`);
  };
  const whole = (name: string, value: number) => {
    if (!Number.isSafeInteger(value) || value < 1) {
      fail(`${name}: expected a whole number from 1, got ${value}`);
    }
  };
  whole("classes", complete.classes);
  whole("channels", complete.channels);
  complete.rates.forEach((rate) => whole("rates", rate));
  if (complete.classes > 255) {
    fail(
      `classes: expected at most 255, since 255 marks pixels to ignore, got ${complete.classes}`,
    );
  }
  if (!(complete.dropout >= 0 && complete.dropout < 1)) {
    fail(`dropout: expected a number from 0 and below 1, got ${complete.dropout}`);
  }
  return complete;
}
