/**
 * Glass blur of ImageNet-C: frosted glass, which takes each pixel from somewhere near.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";
import { blurGaussian } from "./blur.ts";
import type { Draw } from "./noise.ts";

/**
 * Blurs, takes each pixel from a random place near it, again and again, and blurs once more. Pixels are
 * visited from the last row and column to the first, and a pixel that was changed is what a later one
 * sees. (The published code says that it swaps two pixels; what it does, and what made the published
 * data, is to copy one to the place of the other.)
 *
 * @param strength.sigma Standard deviation of both blurs, pixels.
 * @param strength.reach Largest distance along a side, pixels; as many at the border stay as they are.
 * @param strength.rounds How often all pixels are visited.
 * @param uniform Gives numbers above 0 and below 1, two for each visit: for the distance along the row,
 * then along the column.
 */
export function blurGlass(
  image: RgbImage,
  [sigma, reach, rounds]: readonly [sigma: number, reach: number, rounds: number],
  uniform: Draw,
): RgbImage {
  const { width, height } = image;
  const moved = blurGaussian(image, sigma);
  const distance = () => Math.floor(uniform() * 2 * reach) - reach;
  for (let round = 0; round < rounds; round++) {
    for (let y = height - reach; y > reach; y--) {
      for (let x = width - reach; x > reach; x--) {
        const dx = distance(), dy = distance();
        const from = 3 * ((y + dy) * width + x + dx);
        moved.pixels.copyWithin(3 * (y * width + x), from, from + 3);
      }
    }
  }
  return blurGaussian(moved, sigma);
}
