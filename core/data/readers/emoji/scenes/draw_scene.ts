/**
 * Pixels of a scene, and which of them belongs to which object.
 *
 * @module
 */

import { fillBackgroundRow } from "../views/background.ts";
import { type Canvas, drawIcon, type FindTexture } from "./draw_icon.ts";
import { type SceneLayout, sceneSide } from "./scene_layout.ts";

const area = sceneSide ** 2;

/**
 * Bytes of a scene: pixels, `[side, side, 3]`, then the owner of each pixel, `[side, side]`: 0, or 1
 * and more for the objects that are labelled, by their place in the layout.
 */
export const sceneBytes: number = 4 * area;

/** An object is labelled where more of it is seen than this share… */
const leastShare = 0.25;
/** …and more than so many pixels. */
const leastPixels = 30;

const colours = new Float64Array(3 * area);

/** Draws a scene: {@linkcode sceneBytes} bytes at `offset` of `output`. */
export function drawScene(
  { background, icons }: SceneLayout,
  findTexture: FindTexture,
  output: Uint8Array,
  offset: number,
): void {
  for (let y = 0; y < sceneSide; y++) {
    const row = colours.subarray(y * sceneSide * 3, (y + 1) * sceneSide * 3);
    fillBackgroundRow(background, y, sceneSide, row);
  }
  const owners = output.subarray(offset + 3 * area, offset + 4 * area);
  owners.fill(0);
  const canvas: Canvas = { width: sceneSide, height: sceneSide, colours, owners };
  const whole = icons.map((placed, index) => drawIcon(placed, index + 1, findTexture, canvas));
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
    const value = colours[at]!;
    output[offset + at] = value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5 | 0;
  }
}
