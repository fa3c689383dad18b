/**
 * Draws an icon into a scene.
 *
 * @module
 */

import { levelFor } from "../mipmaps.ts";
import type { PlacedIcon } from "./scene_layout.ts";
import type { SceneIcon } from "./scene_sets.ts";

/** Premultiplied RGBA with a border, `[level + 2, level + 2, 4]`, beginning at `offset`. */
export type FindTexture = (
  icon: SceneIcon,
  level: number,
) => { readonly texture: Uint8Array; readonly offset: number };

/** Pixels of a scene while it is drawn. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Red green blue, 0 to 255, `[height, width, 3]`. */
  readonly colours: Float64Array;
  /** Whose each pixel is, `[height, width]`. */
  readonly owners: Uint8Array;
}

/**
 * Lays an icon over the canvas; returns how many pixels it has, outside of the canvas too.
 *
 * @param mark Owner of its pixels, 0 to 255.
 */
export function drawIcon(
  placed: Omit<PlacedIcon, "category">,
  mark: number,
  findTexture: FindTexture,
  { width, height, colours, owners }: Canvas,
): number {
  const { side, centreX, centreY, rotation, flip, icon } = placed;
  const level = levelFor(side);
  const { texture, offset } = findTexture(icon, level);
  const stride = (level + 2) * 4;
  // From the centre of a pixel to a place in the texture: turn back, scale, mirror.
  const scale = level / side;
  const mirror = flip ? -1 : 1;
  const cosine = Math.cos(rotation) * scale, sine = Math.sin(rotation) * scale;
  const centre = level / 2 + 0.5, limit = level + 1;
  const reach = (Math.abs(cosine) + Math.abs(sine)) / scale * (side / 2 + 1 / scale);
  const firstX = Math.floor(centreX - reach), lastX = Math.ceil(centreX + reach);
  const firstY = Math.floor(centreY - reach), lastY = Math.ceil(centreY + reach);
  let pixels = 0;
  for (let y = firstY; y <= lastY; y++) {
    const fromY = y + 0.5 - centreY;
    for (let x = firstX; x <= lastX; x++) {
      const fromX = x + 0.5 - centreX;
      const u = centre + mirror * (fromX * cosine + fromY * sine);
      const v = centre + fromY * cosine - fromX * sine;
      if (!(u > 0 && v > 0 && u < limit && v < limit)) continue;
      const column = u | 0, line = v | 0;
      const s = u - column, t = v - line;
      const w11 = s * t, w10 = t - w11, w01 = s - w11, w00 = 1 - s - w10;
      const a = offset + line * stride + column * 4;
      const b = a + stride;
      const alpha = w00 * texture[a + 3]! + w01 * texture[a + 7]! + w10 * texture[b + 3]! +
        w11 * texture[b + 7]!;
      if (alpha <= 0) continue;
      const isSolid = alpha > 127.5;
      if (isSolid) pixels++;
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const place = y * width + x, to = 3 * place, through = 1 - alpha / 255;
      if (isSolid) owners[place] = mark;
      for (let channel = 0; channel < 3; channel++) {
        colours[to + channel] = colours[to + channel]! * through + w00 * texture[a + channel]! +
          w01 * texture[a + 4 + channel]! + w10 * texture[b + channel]! +
          w11 * texture[b + 4 + channel]!;
      }
    }
  }
  return pixels;
}
