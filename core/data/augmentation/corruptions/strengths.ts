/**
 * Corruptions by name, and how strong each is at its five severities.
 *
 * @module
 */

/** Corruptions of ImageNet-C that are there, in its order: noise, blur, weather, digital. */
export const corruptionNames = [
  "gaussian-noise",
  "shot-noise",
  "impulse-noise",
  "defocus-blur",
  "motion-blur",
  "gaussian-blur",
  "brightness",
  "contrast",
  "pixelate",
  "jpeg-compression",
] as const;

/** Name of a corruption. */
export type CorruptionName = typeof corruptionNames[number];

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
  /** Radius of the path in pixels, and standard deviation of the weights along it. */
  readonly "motion-blur": PerSeverity<readonly [radius: number, sigma: number]>;
  /** Standard deviation in pixels. */
  readonly "gaussian-blur": PerSeverity<number>;
  /** What is added to the value of HSV. */
  readonly brightness: PerSeverity<number>;
  /** Factor on the distance from the mean of a channel. */
  readonly contrast: PerSeverity<number>;
  /** Factor on the sides of the image. */
  readonly pixelate: PerSeverity<number>;
  /** Quality of the JPEG file. */
  readonly "jpeg-compression": PerSeverity<number>;
}

/** Names of the published sets of constants. */
export const strengthSets = ["imagenet-c", "cifar-c"] as const;

/** Name of a set of constants. */
export type StrengthSet = typeof strengthSets[number];

/**
 * The published constants (Hendrycks and Dietterich, "Benchmarking neural network robustness to common
 * corruptions and perturbations", ICLR 2019, and the code of its data sets). They are numbers of pixels,
 * and do not grow with the image: those of ImageNet-C are meant for 224 pixels, those of CIFAR-10-C for
 * 32. The package `imagecorruptions` takes those of ImageNet-C at every size.
 */
export const corruptionStrengths: Readonly<Record<StrengthSet, CorruptionStrengths>> = {
  "imagenet-c": {
    "gaussian-noise": [0.08, 0.12, 0.18, 0.26, 0.38],
    "shot-noise": [60, 25, 12, 5, 3],
    "impulse-noise": [0.03, 0.06, 0.09, 0.17, 0.27],
    "defocus-blur": [[3, 0.1], [4, 0.5], [6, 0.5], [8, 0.5], [10, 0.5]],
    "motion-blur": [[10, 3], [15, 5], [15, 8], [15, 12], [20, 15]],
    "gaussian-blur": [1, 2, 3, 4, 6],
    brightness: [0.1, 0.2, 0.3, 0.4, 0.5],
    contrast: [0.4, 0.3, 0.2, 0.1, 0.05],
    pixelate: [0.6, 0.5, 0.4, 0.3, 0.25],
    "jpeg-compression": [25, 18, 15, 10, 7],
  },
  "cifar-c": {
    "gaussian-noise": [0.04, 0.06, 0.08, 0.09, 0.1],
    "shot-noise": [500, 250, 100, 75, 50],
    "impulse-noise": [0.01, 0.02, 0.03, 0.05, 0.07],
    "defocus-blur": [[0.3, 0.4], [0.4, 0.5], [0.5, 0.6], [1, 0.2], [1.5, 0.1]],
    "motion-blur": [[6, 1], [6, 1.5], [6, 2], [8, 2], [9, 2.5]],
    "gaussian-blur": [0.4, 0.6, 0.7, 0.8, 1],
    brightness: [0.05, 0.1, 0.15, 0.2, 0.3],
    contrast: [0.75, 0.5, 0.4, 0.3, 0.15],
    pixelate: [0.95, 0.9, 0.85, 0.75, 0.65],
    "jpeg-compression": [80, 65, 58, 50, 40],
  },
};
