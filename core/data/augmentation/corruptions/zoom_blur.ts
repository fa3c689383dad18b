/**
 * Zoom blur of ImageNet-C: what a camera sees that moves towards the picture.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";
import { mapPlanes } from "./float_image.ts";
import { zoomMiddle } from "./zoom.ts";

/**
 * The mean of an image and of its enlarged middles, of which the first is enlarged by 1: the image
 * itself counts twice.
 *
 * @param strength.layers Number of enlargements.
 * @param strength.step By how much the factor of each is larger than that of the one before.
 */
export function blurZoom(
  image: RgbImage,
  [layers, step]: readonly [layers: number, step: number],
): RgbImage {
  const { width, height } = image;
  // As NumPy's arange adds steps up, so that sizes are rounded as there.
  const addition = (1 + step) - 1;
  return mapPlanes(image, (plane) => {
    const sum = plane.slice();
    for (let layer = 0; layer < layers; layer++) {
      const enlarged = zoomMiddle(plane, image, 1 + layer * addition);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          sum[y * width + x]! += enlarged.plane[y * enlarged.width + x]!;
        }
      }
    }
    return sum.map((value) => value / (layers + 1));
  });
}
