/**
 * Pixels of a street scene, and the class of each.
 *
 * @module
 */

import { type Canvas, drawIcon, type FindTexture } from "../scenes/draw_icon.ts";
import { fillBackgroundRow } from "../views/background.ts";
import { notJudged, trainIdOf } from "./street_classes.ts";
import { type StreetArea, streetHeight, type StreetPart, streetWidth } from "./street_layout.ts";

const area = streetWidth * streetHeight;

/** Bytes of a scene: pixels, `[height, width, 3]`, then the class of each, `[height, width]`. */
export const streetBytes: number = 4 * area;

const colours = new Float64Array(3 * area);
const row = new Float64Array(3 * streetWidth);

/** Places where the outline crosses the middle of a row of pixels, from left to right. */
function findCrossings(corners: StreetArea["corners"], y: number): number[] {
  const crossings: number[] = [];
  for (let index = 0; index < corners.length; index++) {
    const [x0, y0] = corners[index]!, [x1, y1] = corners[(index + 1) % corners.length]!;
    if (y0 <= y === y1 <= y) continue;
    crossings.push(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
  }
  return crossings.sort((a, b) => a - b);
}

/** Fills an area: the pixels whose middles are inside. */
function drawArea({ class: name, corners, pattern }: StreetArea, { owners }: Canvas): void {
  const mark = name === "not judged" ? notJudged : trainIdOf(name);
  for (let y = 0; y < streetHeight; y++) {
    const crossings = findCrossings(corners, y + 0.5);
    if (crossings.length < 2) continue;
    fillBackgroundRow(pattern, y, streetWidth, row);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const first = Math.max(0, Math.ceil(crossings[pair]! - 0.5));
      const end = Math.min(streetWidth, Math.ceil(crossings[pair + 1]! - 0.5));
      if (end <= first) continue;
      const place = y * streetWidth;
      colours.set(row.subarray(3 * first, 3 * end), 3 * (place + first));
      owners.fill(mark, place + first, place + end);
    }
  }
}

/** Draws a scene: {@linkcode streetBytes} bytes at `offset` of `output`. */
export function drawStreet(
  parts: readonly StreetPart[],
  findTexture: FindTexture,
  output: Uint8Array,
  offset: number,
): void {
  const owners = output.subarray(offset + 3 * area, offset + 4 * area);
  const canvas: Canvas = { width: streetWidth, height: streetHeight, colours, owners };
  for (const part of parts) {
    if (part.kind === "area") drawArea(part, canvas);
    else drawIcon(part, trainIdOf(part.class), findTexture, canvas);
  }
  for (let at = 0; at < 3 * area; at++) {
    const value = colours[at]!;
    output[offset + at] = value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5 | 0;
  }
}
