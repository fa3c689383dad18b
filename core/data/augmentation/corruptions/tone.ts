/**
 * Brightness and contrast of ImageNet-C.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";
import { cutToByte, mapBytes } from "./float_image.ts";

/**
 * Adds to the value of HSV, hue and saturation kept: all channels of a pixel grow by the factor by which
 * the largest of them does.
 *
 * @param added What is added, white being 1.
 */
export function addBrightness({ width, height, pixels }: RgbImage, added: number): RgbImage {
  const output = new Uint8Array(pixels.length);
  for (let start = 0; start < pixels.length; start += 3) {
    const value = Math.max(pixels[start]!, pixels[start + 1]!, pixels[start + 2]!);
    const wanted = Math.min(255, Math.max(0, value + 255 * added));
    for (let index = start; index < start + 3; index++) {
      // Black has no hue: it becomes grey.
      output[index] = cutToByte(value === 0 ? wanted : pixels[index]! * wanted / value);
    }
  }
  return { width, height, pixels: output };
}

/** Moves all values towards the mean of their channel. */
export function reduceContrast(image: RgbImage, factor: number): RgbImage {
  const { pixels } = image;
  const means = [0, 1, 2].map((channel) => {
    let sum = 0;
    for (let index = channel; index < pixels.length; index += 3) sum += pixels[index]!;
    return sum / (pixels.length / 3);
  });
  return mapBytes(image, (byte, index) => {
    const mean = means[index % 3]!;
    return (byte - mean) * factor + mean;
  });
}
