/**
 * Pictures to try models on where there are no others.
 *
 * @module
 */

import type { RgbImage } from "../core/data/augmentation/image_memory.ts";
import { RandomStream } from "../core/random.ts";

/** Rectangles on a ground, by counted random numbers. */
export function drawnImage(
  index: number,
  { height, width }: { height: number; width: number },
): RgbImage {
  const random = new RandomStream(0, "export detector", index);
  const pixels = new Uint8Array(3 * height * width);
  const paint = (x0: number, y0: number, x1: number, y1: number) => {
    const colour = [random.integer(256), random.integer(256), random.integer(256)];
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) pixels.set(colour, 3 * (y * width + x));
    }
  };
  paint(0, 0, width, height);
  for (let object = 0; object < 8; object++) {
    const x = random.integer(width), y = random.integer(height);
    const side = 8 + random.integer(Math.max(1, Math.floor(Math.min(width, height) / 2)));
    paint(x, y, Math.min(width, x + side), Math.min(height, y + side));
  }
  return { width, height, pixels };
}
