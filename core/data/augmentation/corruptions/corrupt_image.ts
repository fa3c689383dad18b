/**
 * Corrupts an image: ImageNet-C's corruptions by name and severity, from a counted seed.
 *
 * @module
 */

import type { RandomStream } from "../../../random.ts";
import type { RgbImage } from "../image_memory.ts";
import { blurDefocus, blurGaussian, blurMotion } from "./blur.ts";
import { transformElastically } from "./elastic_transform.ts";
import { addFog } from "./fog.ts";
import { blurGlass } from "./glass_blur.ts";
import { compressJpeg } from "./jpeg/jpeg.ts";
import { type Draw, gaussianNoise, impulseNoise, shotNoise } from "./noise.ts";
import { pixelate } from "./pixelate.ts";
import { addSnow } from "./snow.ts";
import {
  type CorruptionName,
  type CorruptionStrengths,
  corruptionStrengths,
  type Severity,
  type StrengthSet,
} from "./strengths.ts";
import { addBrightness, reduceContrast } from "./tone.ts";
import { blurZoom } from "./zoom_blur.ts";

/** Changes when the same seed gives other pixels; part of every content key. */
export const corruptionVersion = 1;

/** Which corruption, and how much of it. */
export interface Corruption {
  readonly name: CorruptionName;
  readonly severity: Severity;
  /** Whose constants the severities are. */
  readonly strengths: StrengthSet;
}

/** Numbers above 0 and below 1, of 32 bits: a word of the stream each. */
function uniformDraw(random: RandomStream): Draw {
  return () => (random.uint32() + 0.5) / 2 ** 32;
}

/** Standard normal numbers, both of each Box–Muller pair: a word of the stream each. */
function normalDraw(random: RandomStream): Draw {
  const uniform = uniformDraw(random);
  let kept: number | undefined;
  return () => {
    if (kept !== undefined) {
      const value = kept;
      kept = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform())), angle = 2 * Math.PI * uniform();
    kept = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

type Corrupt<Name extends CorruptionName> = (
  image: RgbImage,
  strength: CorruptionStrengths[Name][number],
  random: RandomStream,
) => RgbImage;

const functions: { readonly [Name in CorruptionName]: Corrupt<Name> } = {
  "gaussian-noise": (image, std, random) => gaussianNoise(image, std, normalDraw(random)),
  "shot-noise": (image, photons, random) => shotNoise(image, photons, uniformDraw(random)),
  "impulse-noise": (image, share, random) => impulseNoise(image, share, uniformDraw(random)),
  "defocus-blur": blurDefocus,
  "glass-blur": (image, strength, random) => blurGlass(image, strength, uniformDraw(random)),
  "motion-blur": (image, strength, random) => blurMotion(image, strength, random.uniform(-45, 45)),
  "zoom-blur": blurZoom,
  snow: (image, strength, random) =>
    addSnow(image, strength, { angle: random.uniform(-135, -45), normal: normalDraw(random) }),
  fog: (image, strength, random) => addFog(image, strength, uniformDraw(random)),
  brightness: addBrightness,
  contrast: reduceContrast,
  "elastic-transform": (image, strength, random) =>
    transformElastically(image, strength, uniformDraw(random)),
  pixelate,
  "jpeg-compression": compressJpeg,
  "gaussian-blur": blurGaussian,
};

function apply<Name extends CorruptionName>(
  name: Name,
  image: RgbImage,
  { severity, strengths }: Corruption,
  random: RandomStream,
): RgbImage {
  return functions[name](image, corruptionStrengths[strengths][name][severity - 1]!, random);
}

/**
 * A corrupted image of the same size; the given one stays as it is.
 *
 * @param random Where noise, flakes, clouds, displacements and the direction of motion come from.
 */
export function corruptImage(
  image: RgbImage,
  corruption: Corruption,
  random: RandomStream,
): RgbImage {
  return apply(corruption.name, image, corruption, random);
}
