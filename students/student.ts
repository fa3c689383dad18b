/**
 * What a student is.
 *
 * @module
 */

import type { FeatureOptions } from "../core/methods/backbone.ts";
import type { Value } from "../core/onnx/graph.ts";
import type { ModuleContext } from "../core/nn/module_context.ts";
import { ConfigError } from "../core/errors.ts";

/** How large a student is built. */
export interface StudentOptions extends FeatureOptions {
  /** Width and height of the images, pixels. */
  readonly imageSize: number;
  /** Multiplies all channel counts; 1 is torchvision's model. @default {1} */
  readonly widthMultiplier?: number;
  /**
   * "standard" is torchvision's; "small" is for images below 100 pixels: fewer early strides.
   * @default {"small"} below 100 pixels, else "standard"
   */
  readonly stem?: Stem;
}

/** What a student makes of a batch of images, in the layout of its context. */
export interface StudentFeatures {
  /** Feature maps by stage, for the heads of downstream tasks. */
  readonly c2: Value;
  readonly c3: Value;
  readonly c4: Value;
  readonly c5: Value;
  /** What the head reads, [B, d]: the last map, averaged over its pixels, unless `pooling` is "none". */
  readonly pooled: Value;
}

/** A student architecture. */
export interface Student {
  readonly name: string;
  /** Name of the classifier that the distillation head replaces, as in torchvision. */
  readonly headName: string;
  /** Dropout before the head. */
  readonly headDropout: number;
  /** Mean and std of the input channels. */
  readonly preprocess: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /**
   * Adds the backbone to a graph; parameter names are torchvision's.
   *
   * @param images Normalised images, float32, in the layout of the context.
   */
  build(context: ModuleContext, images: Value, options: StudentOptions): StudentFeatures;
}

/** CLIP's normalisation, which the LGD code uses for teacher and student alike. */
export const clipNormalization = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;

/** torchvision's normalisation of its weights trained on ImageNet. */
export const imagenetNormalization = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;

/** torchvision's first layers, or those for small images. */
export type Stem = "standard" | "small";

/** The stem to build, from the options. */
export function chooseStem(
  { imageSize, stem }: Pick<StudentOptions, "imageSize" | "stem">,
): Stem {
  return stem ?? (imageSize < 100 ? "small" : "standard");
}

/**
 * @param name Name of the student, for the message.
 * @param minimum Smallest size that the stem and the strides leave a pixel of.
 * @throws {ConfigError} when the last feature map would be empty, or the size is not a whole number.
 */
export function assertImageSize(name: string, imageSize: number, minimum: number): void {
  if (!Number.isInteger(imageSize) || imageSize < minimum) {
    throw new ConfigError(
      `Cannot build ${name} for ${imageSize}×${imageSize} images: the smallest is ${minimum} pixels`,
    );
  }
}

/**
 * The multiplier of all channel counts, 1 where it is not given.
 *
 * @param name Name of the student, for the message.
 * @throws {ConfigError} when it is not a number above 0.
 */
export function assertWidthMultiplier(name: string, multiplier = 1): number {
  if (!Number.isFinite(multiplier) || multiplier <= 0) {
    throw new ConfigError(
      `Cannot build ${name} with width multiplier ${multiplier}: expected a number above 0, ` +
        "1 for torchvision's model",
    );
  }
  return multiplier;
}
