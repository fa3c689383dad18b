/**
 * PIL's GaussianBlur: three passes of an extended box filter along each axis (BoxBlur.c).
 *
 * @module
 */

import { boxBlur } from "./kernels/image_kernels.wasm";
import { type PlanarImage, reserveMemory } from "./image_memory.ts";

const passes = 3;
/** Largest standard deviation; a box of more than 128 pixels a side could overflow 16-bit sums. */
const mostRadius = 100;

/**
 * Radius of the box, with its fraction, so that three passes have the standard deviation `radius`:
 * P. Gwosdek et al., "Theoretical foundations of Gaussian convolution by extended box filtering",
 * SSVM 2011, equations 7, 11 and 14. In 32-bit floating point, as Pillow computes it.
 */
export function boxRadius(radius: number): number {
  const { fround } = Math;
  const variance = fround(fround(fround(radius) * fround(radius)) / passes);
  const length = fround(Math.sqrt(12 * variance + 1));
  const whole = fround(Math.floor((length - 1) / 2));
  const next = fround(fround(whole + 1) * fround(whole + 1));
  const odd = fround(fround(2 * whole) + 1);
  const product = fround(whole * fround(whole + 1));
  let fraction = fround(odd * fround(product - fround(3 * variance)));
  fraction = fround(fraction / fround(6 * fround(variance - next)));
  return fround(whole + fraction);
}

/**
 * Blurs an image in place; pixels beyond its border are those of the border.
 *
 * @param radius Standard deviation in pixels, 0 to 100.
 * @param planes How many planes to blur, from the first.
 * @throws {RangeError} where the radius is out of range.
 */
export function gaussianBlur(image: PlanarImage, radius: number, planes = 3): void {
  if (!(radius >= 0 && radius <= mostRadius)) {
    throw new RangeError(`Cannot blur: radius is ${radius}, expected 0 to ${mostRadius}`);
  }
  if (radius === 0) return;
  const { width, height, address, planeStride } = image;
  const box = boxRadius(radius);
  const whole = Math.trunc(box);
  const inner = Math.trunc(Math.fround(2 ** 24 / Math.fround(box * 2 + 1)));
  const outer = Math.trunc((2 ** 24 - (whole * 2 + 1) * inner) / 2);
  const line = Math.max(width, 16 * height) + 32 * (whole + 2);
  const scratch = reserveMemory(2 * line);
  for (let plane = 0; plane < planes; plane++) {
    boxBlur(address + plane * planeStride, width, height, whole, inner, outer, scratch);
  }
}
