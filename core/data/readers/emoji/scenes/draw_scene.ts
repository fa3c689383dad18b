/**
 * Pixels of a scene, and which of them belongs to which object.
 *
 * @module
 */

import { fillBackgroundRow } from "../views/background.ts";
import { levelFor } from "../mipmaps.ts";
import { type PlacedIcon, type SceneLayout, sceneSide } from "./scene_layout.ts";
import type { SceneIcon } from "./scene_sets.ts";

const area = sceneSide ** 2;

/**
 * Bytes of a scene: pixels, `[side, side, 3]`, then the owner of each pixel, `[side, side]`: 0, or 1
 * and more for the objects that are labelled, by their place in the layout.
 */
export const sceneBytes: number = 4 * area;

/** Premultiplied RGBA with a border, `[level + 2, level + 2, 4]`, beginning at `offset`. */
export type FindTexture = (
  icon: SceneIcon,
  level: number,
) => { readonly texture: Uint8Array; readonly offset: number };

/** An object is labelled where more of it is seen than this share… */
const leastShare = 0.25;
/** …and more than so many pixels. */
const leastPixels = 30;

const canvas = new Float64Array(3 * area);

/** Lays an icon over the canvas; returns how many pixels it has, outside of the scene too. */
function drawIcon(
  placed: PlacedIcon,
  mark: number,
  findTexture: FindTexture,
  owners: Uint8Array,
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
      if (x < 0 || y < 0 || x >= sceneSide || y >= sceneSide) continue;
      const place = y * sceneSide + x, to = 3 * place, through = 1 - alpha / 255;
      if (isSolid) owners[place] = mark;
      for (let channel = 0; channel < 3; channel++) {
        canvas[to + channel] = canvas[to + channel]! * through + w00 * texture[a + channel]! +
          w01 * texture[a + 4 + channel]! + w10 * texture[b + channel]! +
          w11 * texture[b + 4 + channel]!;
      }
    }
  }
  return pixels;
}

/** Draws a scene: {@linkcode sceneBytes} bytes at `offset` of `output`. */
export function drawScene(
  { background, icons }: SceneLayout,
  findTexture: FindTexture,
  output: Uint8Array,
  offset: number,
): void {
  for (let y = 0; y < sceneSide; y++) {
    const row = canvas.subarray(y * sceneSide * 3, (y + 1) * sceneSide * 3);
    fillBackgroundRow(background, y, sceneSide, row);
  }
  const owners = output.subarray(offset + 3 * area, offset + 4 * area);
  owners.fill(0);
  const whole = icons.map((placed, index) => drawIcon(placed, index + 1, findTexture, owners));
  const seen = new Uint32Array(icons.length + 1);
  for (let place = 0; place < area; place++) seen[owners[place]!]!++;
  const isLabelled = icons.map(({ category }, index) => {
    const pixels = seen[index + 1]!;
    return category >= 0 && pixels > leastPixels && pixels > leastShare * whole[index]!;
  });
  for (let place = 0; place < area; place++) {
    const owner = owners[place]!;
    if (owner > 0 && !isLabelled[owner - 1]) owners[place] = 0;
  }
  for (let at = 0; at < 3 * area; at++) {
    const value = canvas[at]!;
    output[offset + at] = value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5 | 0;
  }
}
