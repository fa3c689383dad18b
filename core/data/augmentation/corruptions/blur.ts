/**
 * Blurs of ImageNet-C: Gaussian, defocus, and motion as the package `imagecorruptions` computes it.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";
import {
  type Border,
  borderIndex,
  filterPlane,
  mapPlanes,
  type Plane,
  type Tap,
} from "./float_image.ts";

/** Weights of a Gaussian at −radius … radius, with the sum 1. */
function gaussianWeights(sigma: number, radius: number): Float64Array {
  const weights = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, place) => Math.exp(-((place - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

type Size = Pick<RgbImage, "width" | "height">;

/** The weights of a Gaussian along a direction; undefined where it changes nothing. */
function gaussianTaps(sigma: number, reach: number, along: "dx" | "dy"): Tap[] | undefined {
  const radius = Math.floor(reach * sigma + 0.5);
  if (radius === 0) return undefined;
  return Array.from(
    gaussianWeights(sigma, radius),
    (weight, place) => ({ dx: 0, dy: 0, weight, [along]: place - radius }),
  );
}

/**
 * Gaussian blur of a plane, as SciPy's.
 *
 * @param sigmas Standard deviations along rows and along columns in pixels, 0 or more.
 * @param options.reach How many standard deviations away weights reach. @default {4}
 * @param options.border @default {"repeat"}
 */
export function blurPlane(
  plane: Plane,
  size: Size,
  { across, down }: { readonly across: number; readonly down: number },
  { reach = 4, border = "repeat" }: { readonly reach?: number; readonly border?: Border } = {},
): Plane {
  let blurred = plane;
  for (const taps of [gaussianTaps(down, reach, "dy"), gaussianTaps(across, reach, "dx")]) {
    if (taps !== undefined) blurred = filterPlane(blurred, size, taps, border);
  }
  return blurred;
}

/**
 * Gaussian blur as SciPy's: weights up to 4 standard deviations away, beyond the border its last pixel.
 *
 * @param sigma Standard deviation in pixels, 0 or more.
 */
export function blurGaussian(image: RgbImage, sigma: number): RgbImage {
  return mapPlanes(image, (plane) => blurPlane(plane, image, { across: sigma, down: sigma }));
}

/** A disk with a blurred edge, the weights of a lens out of focus. */
function diskTaps(radius: number, edge: number): Tap[] {
  const half = radius <= 8 ? 8 : Math.floor(radius), side = 2 * half + 1;
  const disk: Plane = new Float64Array(side * side);
  let sum = 0;
  for (let y = -half; y <= half; y++) {
    for (let x = -half; x <= half; x++) {
      if (x * x + y * y > radius * radius) continue;
      disk[(y + half) * side + x + half] = 1;
      sum++;
    }
  }
  const reach = radius <= 8 ? 1 : 2;
  const weights = gaussianWeights(edge, reach);
  const taps: Tap[] = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let weight = 0;
      for (let dy = -reach; dy <= reach; dy++) {
        const row = borderIndex(y + dy, side, "mirror") * side;
        for (let dx = -reach; dx <= reach; dx++) {
          weight += weights[dy + reach]! * weights[dx + reach]! *
            disk[row + borderIndex(x + dx, side, "mirror")]!;
        }
      }
      // Less than a millionth of a level, from the far tails of a narrow edge.
      if (weight > 1e-9) taps.push({ dx: x - half, dy: y - half, weight: weight / sum });
    }
  }
  return taps;
}

/** Disks by radius and edge. */
const keptDisks = new Map<string, readonly Tap[]>();

/** Blurs by a disk: what lies beyond the border is the image mirrored. */
export function blurDefocus(
  image: RgbImage,
  [radius, edge]: readonly [radius: number, edge: number],
): RgbImage {
  const key = `${radius} ${edge}`;
  const taps = keptDisks.get(key) ?? diskTaps(radius, edge);
  keptDisks.set(key, taps);
  return mapPlanes(image, (plane) => filterPlane(plane, image, taps, "mirror"));
}

/** Radius of a path in pixels, and standard deviation of the weights along it. */
export type MotionStrength = readonly [radius: number, sigma: number];

/**
 * Weights along a line that begins at each pixel: half a Gaussian, each weight at the nearest pixel of
 * the line. Weights further away than the image is large are left out, so that small images get darker.
 *
 * @param angle Direction in degrees.
 */
export function motionTaps(
  [radius, sigma]: MotionStrength,
  angle: number,
  { width, height }: Size,
): Tap[] {
  const length = 2 * radius + 1;
  const weights = Float64Array.from(
    { length },
    (_, place) => Math.exp(-(place ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const down = Math.sin(angle * Math.PI / 180), across = Math.cos(angle * Math.PI / 180);
  const taps: Tap[] = [];
  for (const [place, weight] of weights.entries()) {
    const dx = Math.ceil(place * across - 0.5), dy = Math.ceil(place * down - 0.5);
    if (Math.abs(dx) >= width || Math.abs(dy) >= height) break;
    taps.push({ dx, dy, weight: weight / sum });
  }
  return taps;
}

/**
 * Blurs along a line that begins at each pixel, see {@linkcode motionTaps}.
 *
 * @param angle Direction in degrees.
 */
export function blurMotion(image: RgbImage, strength: MotionStrength, angle: number): RgbImage {
  const taps = motionTaps(strength, angle, image);
  return mapPlanes(image, (plane) => filterPlane(plane, image, taps, "repeat"));
}
