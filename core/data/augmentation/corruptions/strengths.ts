/**
 * Corruptions by name, and how strong each is at its five severities.
 *
 * @module
 */

import type { MotionStrength } from "./blur.ts";
import type { ElasticStrength } from "./elastic_transform.ts";
import type { SnowStrength } from "./snow.ts";

/**
 * All corruptions: those of ImageNet-C in its order (noise, blur, weather, digital), then those of its
 * extra set. Frost, the fifteenth, lays photographs over the image, which are not ours to give away, and
 * frost that is made up would not be the published corruption: it is left out.
 */
export const corruptionNames = [
  "gaussian-noise",
  "shot-noise",
  "impulse-noise",
  "defocus-blur",
  "glass-blur",
  "motion-blur",
  "zoom-blur",
  "snow",
  "fog",
  "brightness",
  "contrast",
  "elastic-transform",
  "pixelate",
  "jpeg-compression",
  "gaussian-blur",
] as const;

/** Name of a corruption. */
export type CorruptionName = typeof corruptionNames[number];

/** Corruptions that are published beside ImageNet-C, to choose settings by, and are no part of its mean. */
export const extraCorruptions: readonly CorruptionName[] = ["gaussian-blur"];

/** Fourteen of the fifteen corruptions of ImageNet-C: all but frost. */
export const imagenetCorruptions: readonly CorruptionName[] = corruptionNames.filter(
  (name) => !extraCorruptions.includes(name),
);

/** Severities, the mildest first. */
export const severities = [1, 2, 3, 4, 5] as const;

/** How severe a corruption is. */
export type Severity = typeof severities[number];

/** One value for each severity. */
type PerSeverity<T> = readonly [T, T, T, T, T];

/** What the severities of each corruption mean. */
export interface CorruptionStrengths {
  /** Standard deviation of the noise, white being 1. */
  readonly "gaussian-noise": PerSeverity<number>;
  /** Photons that white is worth: fewer are noisier. */
  readonly "shot-noise": PerSeverity<number>;
  /** Share of the values that become black or white. */
  readonly "impulse-noise": PerSeverity<number>;
  /** Radius of the disk in pixels, and standard deviation of the blur of its edge. */
  readonly "defocus-blur": PerSeverity<readonly [radius: number, edge: number]>;
  /** Standard deviation of the blur and reach of the shuffle in pixels, and how often it is done. */
  readonly "glass-blur": PerSeverity<readonly [sigma: number, reach: number, rounds: number]>;
  /** Radius of the path in pixels, and standard deviation of the weights along it. */
  readonly "motion-blur": PerSeverity<MotionStrength>;
  /** Number of enlargements, and step from one factor to the next. */
  readonly "zoom-blur": PerSeverity<readonly [layers: number, step: number]>;
  /** Density and size of the flakes, and how much the picture is paled. */
  readonly snow: PerSeverity<SnowStrength>;
  /** What the densest clouds add, white being 1, and how much thinner small ones are. */
  readonly fog: PerSeverity<readonly [density: number, decay: number]>;
  /** What is added to the value of HSV. */
  readonly brightness: PerSeverity<number>;
  /** Factor on the distance from the mean of a channel. */
  readonly contrast: PerSeverity<number>;
  /** Displacements, as shares of the sides of the image. */
  readonly "elastic-transform": PerSeverity<ElasticStrength>;
  /** Factor on the sides of the image. */
  readonly pixelate: PerSeverity<number>;
  /** Quality of the JPEG file. */
  readonly "jpeg-compression": PerSeverity<number>;
  /** Standard deviation in pixels. */
  readonly "gaussian-blur": PerSeverity<number>;
}

/** Names of the published sets of constants. */
export const strengthSets = ["imagenet-c", "cifar-c"] as const;

/** Name of a set of constants. */
export type StrengthSet = typeof strengthSets[number];

/** A strength of snow, as the published code lists it. */
function snow(
  ...[mean, std, zoom, threshold, radius, sigma, kept]: [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
): SnowStrength {
  return { mean, std, zoom, threshold, path: [radius, sigma], kept };
}

/** A strength of the elastic transform. */
function elastic(displacement: number, sigma: number, corners = 0): ElasticStrength {
  return { displacement, sigma, corners };
}

/**
 * The published constants (Hendrycks and Dietterich, "Benchmarking neural network robustness to common
 * corruptions and perturbations", ICLR 2019, and the code of its data sets). Nearly all of them are numbers
 * of pixels, and do not grow with the image: those of ImageNet-C are meant for 224 pixels, those of
 * CIFAR-10-C for 32. The package `imagecorruptions` takes those of ImageNet-C at every size; its elastic
 * transform, which is taken over here, has displacements as shares of the sides, and no affine map, where
 * the published ones have pixels of 244 and one.
 */
export const corruptionStrengths: Readonly<Record<StrengthSet, CorruptionStrengths>> = {
  "imagenet-c": {
    "gaussian-noise": [0.08, 0.12, 0.18, 0.26, 0.38],
    "shot-noise": [60, 25, 12, 5, 3],
    "impulse-noise": [0.03, 0.06, 0.09, 0.17, 0.27],
    "defocus-blur": [[3, 0.1], [4, 0.5], [6, 0.5], [8, 0.5], [10, 0.5]],
    "glass-blur": [[0.7, 1, 2], [0.9, 2, 1], [1, 2, 3], [1.1, 3, 2], [1.5, 4, 2]],
    "motion-blur": [[10, 3], [15, 5], [15, 8], [15, 12], [20, 15]],
    "zoom-blur": [[12, 0.01], [16, 0.01], [11, 0.02], [13, 0.02], [11, 0.03]],
    snow: [
      snow(0.1, 0.3, 3, 0.5, 10, 4, 0.8),
      snow(0.2, 0.3, 2, 0.5, 12, 4, 0.7),
      snow(0.55, 0.3, 4, 0.9, 12, 8, 0.7),
      snow(0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
      snow(0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
    ],
    fog: [[1.5, 2], [2, 2], [2.5, 1.7], [2.5, 1.5], [3, 1.4]],
    brightness: [0.1, 0.2, 0.3, 0.4, 0.5],
    contrast: [0.4, 0.3, 0.2, 0.1, 0.05],
    "elastic-transform": [
      elastic(0.0625, 0.01),
      elastic(0.08125, 0.01),
      elastic(0.10625, 0.01),
      elastic(0.125, 0.01),
      elastic(0.15, 0.01),
    ],
    pixelate: [0.6, 0.5, 0.4, 0.3, 0.25],
    "jpeg-compression": [25, 18, 15, 10, 7],
    "gaussian-blur": [1, 2, 3, 4, 6],
  },
  "cifar-c": {
    "gaussian-noise": [0.04, 0.06, 0.08, 0.09, 0.1],
    "shot-noise": [500, 250, 100, 75, 50],
    "impulse-noise": [0.01, 0.02, 0.03, 0.05, 0.07],
    "defocus-blur": [[0.3, 0.4], [0.4, 0.5], [0.5, 0.6], [1, 0.2], [1.5, 0.1]],
    "glass-blur": [[0.05, 1, 1], [0.25, 1, 1], [0.4, 1, 1], [0.25, 1, 2], [0.4, 1, 2]],
    "motion-blur": [[6, 1], [6, 1.5], [6, 2], [8, 2], [9, 2.5]],
    "zoom-blur": [[7, 0.01], [12, 0.01], [16, 0.01], [21, 0.01], [26, 0.01]],
    snow: [
      snow(0.1, 0.2, 1, 0.6, 8, 3, 0.95),
      snow(0.1, 0.2, 1, 0.5, 10, 4, 0.9),
      snow(0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
      snow(0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
      snow(0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
    ],
    fog: [[0.2, 3], [0.5, 3], [0.75, 2.5], [1, 2], [1.5, 1.75]],
    brightness: [0.05, 0.1, 0.15, 0.2, 0.3],
    contrast: [0.75, 0.5, 0.4, 0.3, 0.15],
    "elastic-transform": [
      elastic(0, 0, 0.08),
      elastic(0.05, 0.2, 0.07),
      elastic(0.08, 0.06, 0.06),
      elastic(0.1, 0.04, 0.05),
      elastic(0.1, 0.03, 0.03),
    ],
    pixelate: [0.95, 0.9, 0.85, 0.75, 0.65],
    "jpeg-compression": [80, 65, 58, 50, 40],
    "gaussian-blur": [0.4, 0.6, 0.7, 0.8, 1],
  },
};
