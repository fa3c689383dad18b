/**
 * Fog of ImageNet-C.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";
import { mapBytes } from "./float_image.ts";
import type { Draw } from "./noise.ts";
import { plasmaFractal } from "./plasma_fractal.ts";

/** Side of the smallest map of clouds: the published code counts the three channels as a side. */
const leastSide = 4;

/**
 * Adds clouds, and darkens so far that the brightest value would stay what it is where they are densest.
 *
 * @param strength.density What the densest clouds add, white being 1.
 * @param strength.decay How fast small clouds get thinner than large ones, see
 * {@linkcode plasmaFractal}.
 * @param uniform Gives numbers from 0 to 1.
 */
export function addFog(
  image: RgbImage,
  [density, decay]: readonly [density: number, decay: number],
  uniform: Draw,
): RgbImage {
  const { width, height, pixels } = image;
  let side = leastSide;
  while (side < Math.max(width, height)) side *= 2;
  const clouds = plasmaFractal(side, decay, uniform);
  const brightest = pixels.reduce((most, value) => Math.max(most, value), 0);
  const scale = brightest / (brightest + 255 * density);
  return mapBytes(image, (byte, index) => {
    const pixel = Math.floor(index / 3), x = pixel % width, y = Math.floor(pixel / width);
    return (byte + 255 * density * clouds[y * side + x]!) * scale;
  });
}
