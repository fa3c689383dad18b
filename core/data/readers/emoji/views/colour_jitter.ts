/**
 * Colour jitter as one affine map of red, green and blue.
 *
 * The ranges are those of MoCo v2 (facebookresearch/moco, main_moco.py): brightness, contrast and
 * saturation ± 0.4, hue ± 0.1 of a turn, with probability 0.8; greyscale with probability 0.2.
 * Two simplifications keep the map affine: contrast pulls towards mid-grey instead of the mean of
 * the picture, and hue turns the colour plane of YIQ instead of HSV. Values are clamped once, after
 * the whole map, not after each part.
 *
 * @module
 */

import type { RandomStream } from "../../../../random.ts";

/** Weights of red, green and blue in grey (ITU-R BT.601, as in PIL and torchvision). */
const luma = [0.299, 0.587, 0.114] as const;

/** Affine colour map: rows red, green, blue; columns red, green, blue, constant. */
export type ColourMap = Float64Array;

/** The map that changes nothing. */
export function identityColourMap(): ColourMap {
  return Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);
}

/** Makes an existing map the identity. */
export function resetColourMap(map: ColourMap): void {
  map.fill(0);
  map[0] = 1;
  map[5] = 1;
  map[10] = 1;
}

const product = new Float64Array(12);

/** map ← step ∘ map, where `step` is a 3 × 3 matrix and a constant added to each channel. */
function applyAfter(map: ColourMap, step: Float64Array, constant: number): void {
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 4; column++) {
      let sum = column === 3 ? constant : 0;
      for (let inner = 0; inner < 3; inner++) {
        sum += step[row * 3 + inner]! * map[inner * 4 + column]!;
      }
      product[row * 4 + column] = sum;
    }
  }
  map.set(product);
}

const step = new Float64Array(9);

/** step ← factor · identity. */
function setScale(factor: number): void {
  step.fill(0);
  step[0] = factor;
  step[4] = factor;
  step[8] = factor;
}

/** step ← factor · identity + (1 − factor) · grey: 0 is greyscale, 1 changes nothing. */
function setSaturation(factor: number): void {
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      step[row * 3 + column] = (1 - factor) * luma[column]! + (row === column ? factor : 0);
    }
  }
}

/**
 * step ← turn of the colour plane by `angle`: brightness stays, chroma turns. The matrix is
 * YIQ⁻¹ · R(angle) · YIQ, as in SVG's `hueRotate` with the weights of BT.601.
 */
function setHue(angle: number): void {
  const cosine = Math.cos(angle), sine = Math.sin(angle);
  const [r, g, b] = luma;
  step[0] = r + cosine * (1 - r) + sine * 0.168;
  step[1] = g - cosine * g + sine * 0.33;
  step[2] = b - cosine * b - sine * 0.497;
  step[3] = r - cosine * r - sine * 0.328;
  step[4] = g + cosine * (1 - g) + sine * 0.035;
  step[5] = b - cosine * b + sine * 0.292;
  step[6] = r - cosine * r + sine * 1.25;
  step[7] = g - cosine * g - sine * 1.05;
  step[8] = b + cosine * (1 - b) - sine * 0.203;
}

/** Draws a random colour map from a stream; the identity with probability 0.16. */
export function drawColourJitter(random: RandomStream, map: ColourMap): void {
  resetColourMap(map);
  if (random.uniform() < 0.8) {
    const brightness = random.uniform(0.6, 1.4);
    const contrast = random.uniform(0.6, 1.4);
    const saturation = random.uniform(0.6, 1.4);
    const hue = 2 * Math.PI * random.uniform(-0.1, 0.1);
    setScale(brightness);
    applyAfter(map, step, 0);
    setScale(contrast);
    applyAfter(map, step, (1 - contrast) * 127.5);
    setSaturation(saturation);
    applyAfter(map, step, 0);
    setHue(hue);
    applyAfter(map, step, 0);
  }
  if (random.uniform() < 0.2) {
    setSaturation(0);
    applyAfter(map, step, 0);
  }
}
