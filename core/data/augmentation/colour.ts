/**
 * Colour operations: torchvision's ColorJitter and Grayscale on PIL images, in place.
 *
 * @module
 */

import {
  blendWithLuma,
  blendWithValue,
  shiftHue,
  sumLuma,
  toLuma,
} from "./kernels/image_kernels.wasm";
import { memoryBytes, type PlanarImage } from "./image_memory.ts";

/** Brightness: value · factor, cut to a whole number and to 0 … 255. */
export function adjustBrightness(image: PlanarImage, factor: number): void {
  blendWithValue(image.address, 3 * image.planeStride, 0, factor);
}

/**
 * Contrast: m + factor · (value − m), where m is the mean luma, rounded
 * (luma = 0.299 R + 0.587 G + 0.114 B, rounded for each pixel).
 */
export function adjustContrast(image: PlanarImage, factor: number): void {
  const pixels = image.width * image.height;
  const sum = sumLuma(image.address, image.planeStride, pixels) >>> 0;
  const mean = Math.floor(sum / pixels + 0.5);
  blendWithValue(image.address, 3 * image.planeStride, mean, factor);
}

/** Saturation: luma + factor · (value − luma). */
export function adjustSaturation(image: PlanarImage, factor: number): void {
  blendWithLuma(image.address, image.planeStride, image.width * image.height, factor);
}

/**
 * Hue: the image goes to HSV in bytes, trunc(factor · 255) is added to the hue modulo 256, and
 * back. The bytes of HSV are coarse: even factor 0 moves colours by a few steps, as it does in PIL.
 *
 * @param factor Part of a full circle, −0.5 to 0.5.
 */
export function adjustHue(image: PlanarImage, factor: number): void {
  const shift = Math.trunc(factor * 255) & 255;
  shiftHue(image.address, image.planeStride, image.width * image.height, shift);
}

/** Copies the first plane to the other two: for images of which only that one was worked on. */
export function repeatFirstPlane(image: PlanarImage): void {
  const { address, planeStride, width, height } = image;
  const planes = memoryBytes(address, 3 * planeStride);
  planes.copyWithin(planeStride, 0, width * height);
  planes.copyWithin(2 * planeStride, 0, width * height);
}

/** Sets the first plane to the luma; the others are stale until {@linkcode repeatFirstPlane}. */
export function firstPlaneToLuma(image: PlanarImage): void {
  toLuma(image.address, image.planeStride, image.width * image.height);
}
