/**
 * Snow of ImageNet-C.
 *
 * @module
 */

import type { RgbImage } from "../image_memory.ts";
import { type MotionStrength, motionTaps } from "./blur.ts";
import { filterPlane, mapBytes, type Plane } from "./float_image.ts";
import type { Draw } from "./noise.ts";
import { zoomMiddle } from "./zoom.ts";

/** How dense snow falls, how large flakes are, and how much of the picture is left. */
export interface SnowStrength {
  /** Mean of the noise that flakes are made of. */
  readonly mean: number;
  /** Its standard deviation. */
  readonly std: number;
  /** By what flakes are enlarged. */
  readonly zoom: number;
  /** Noise below it is no flake. */
  readonly threshold: number;
  /** The way that flakes fall. */
  readonly path: MotionStrength;
  /** Share of the picture that is not paled. */
  readonly kept: number;
}

/** A layer of falling flakes, 0 to 1, of the size of the image. */
function fallingFlakes(
  { width, height }: Pick<RgbImage, "width" | "height">,
  { mean, std, zoom, threshold, path }: SnowStrength,
  { angle, normal }: { readonly angle: number; readonly normal: Draw },
): Plane {
  const noise = Float64Array.from({ length: width * height }, () => mean + std * normal());
  const enlarged = zoomMiddle(noise, { width, height }, zoom);
  const flakes = enlarged.plane.map((value) =>
    value < threshold ? 0 : Math.min(1, Math.max(0, value))
  );
  const fallen = filterPlane(flakes, enlarged, motionTaps(path, angle, enlarged), "repeat");
  const layer = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      layer[y * width + x] = Math.round(255 * fallen[y * enlarged.width + x]!) / 255;
    }
  }
  return layer;
}

/**
 * Pales an image, and lays falling flakes over it, and the same ones turned by half a turn.
 *
 * @param options.angle Direction in which they fall, degrees: −135 to −45.
 * @param options.normal Gives standard normal numbers, one for each pixel.
 */
export function addSnow(
  image: RgbImage,
  strength: SnowStrength,
  options: { readonly angle: number; readonly normal: Draw },
): RgbImage {
  const { pixels } = image, { kept } = strength;
  const layer = fallingFlakes(image, strength, options);
  return mapBytes(image, (byte, index) => {
    const pixel = Math.floor(index / 3), start = 3 * pixel;
    const grey = 0.299 * pixels[start]! + 0.587 * pixels[start + 1]! + 0.114 * pixels[start + 2]!;
    const paled = kept * byte + (1 - kept) * Math.max(byte, 1.5 * grey + 127.5);
    return paled + 255 * (layer[pixel]! + layer[layer.length - 1 - pixel]!);
  });
}
