/**
 * Drawing a view of a photograph with given parameters.
 *
 * @module
 */

import { joinPlanes } from "./kernels/image_kernels.wasm";
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  firstPlaneToLuma,
  repeatFirstPlane,
} from "./colour.ts";
import { gaussianBlur } from "./gaussian_blur.ts";
import {
  memoryBytes,
  type PlanarImage,
  releaseMemory,
  reserveMemory,
  type RgbImage,
} from "./image_memory.ts";
import { resampleImage } from "./resize.ts";
import type { PixelOperation, ViewParameters } from "./view_parameters.ts";

/** Applies pixel operations in their order, in place. */
export function applyOperations(
  image: PlanarImage,
  operations: readonly PixelOperation[],
): void {
  // While the image is known to be grey, only its first plane is kept up to date.
  let grey = false;
  for (const { name, value } of operations) {
    if (name === "grayscale") {
      if (!grey) firstPlaneToLuma(image);
      grey = true;
      continue;
    }
    if (name === "blur") {
      gaussianBlur(image, value, grey ? 1 : 3);
      continue;
    }
    if (grey) repeatFirstPlane(image);
    grey = false;
    if (name === "brightness") adjustBrightness(image, value);
    else if (name === "contrast") adjustContrast(image, value);
    else if (name === "saturation") adjustSaturation(image, value);
    else adjustHue(image, value);
  }
  if (grey) repeatFirstPlane(image);
}

/** How the bytes of a view are laid out: `[3, H, W]`, or RGB pixels `[H, W, 3]`. */
export type ViewLayout = "planes" | "pixels";

/**
 * Draws a view. Allocates next to nothing: the pixels stay in the kernels' memory until the last.
 *
 * @param output Takes width × height × 3 bytes at `offset`.
 */
export function drawView(
  source: RgbImage,
  parameters: ViewParameters,
  layout: ViewLayout,
  output: Uint8Array,
  offset: number,
): void {
  releaseMemory();
  const image = resampleImage(source, parameters.resampling);
  applyOperations(image, parameters.operations);
  writeImage(image, layout, output, offset);
}

/** Copies an image out of the kernels' memory. */
export function writeImage(
  image: PlanarImage,
  layout: ViewLayout,
  output: Uint8Array,
  offset: number,
): void {
  const { width, height, address, planeStride } = image;
  const area = width * height;
  if (layout === "pixels") {
    const joined = reserveMemory(area * 3);
    joinPlanes(address, planeStride, area, joined);
    output.set(memoryBytes(joined, area * 3), offset);
    return;
  }
  for (let channel = 0; channel < 3; channel++) {
    output.set(memoryBytes(address + channel * planeStride, area), offset + channel * area);
  }
}
