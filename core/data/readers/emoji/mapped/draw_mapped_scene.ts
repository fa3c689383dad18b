/**
 * Pixels of a scene, and the class of each.
 *
 * @module
 */

import type { ImageSize } from "../../../decoding/image_header.ts";
import { type Canvas, drawIcon, type FindTexture } from "../scenes/draw_icon.ts";
import { fillBackgroundRow } from "../views/background.ts";
import {
  type MappedArea,
  type MappedPart,
  notJudged,
  notJudgedClass,
  type PartClass,
} from "./scene_parts.ts";

/** Bytes of a scene: pixels, `[height, width, 3]`, then the class of each, `[height, width]`. */
export function mappedSceneBytes({ width, height }: ImageSize): number {
  return 4 * width * height;
}

/** Places where the outline crosses the middle of a row of pixels, from left to right. */
function findCrossings(corners: MappedArea<string>["corners"], y: number): number[] {
  const crossings: number[] = [];
  for (let index = 0; index < corners.length; index++) {
    const [x0, y0] = corners[index]!, [x1, y1] = corners[(index + 1) % corners.length]!;
    if (y0 <= y === y1 <= y) continue;
    crossings.push(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
  }
  return crossings.sort((a, b) => a - b);
}

/** Draws scenes of one size and one list of classes. */
export class ScenePainter<C extends string> {
  readonly #classNames: readonly C[];
  readonly #size: ImageSize;
  readonly #colours: Float64Array;
  readonly #row: Float64Array;

  constructor(classNames: readonly C[], size: ImageSize) {
    this.#classNames = classNames;
    this.#size = size;
    this.#colours = new Float64Array(3 * size.width * size.height);
    this.#row = new Float64Array(3 * size.width);
  }

  #markOf(name: PartClass<C>): number {
    return name === notJudgedClass ? notJudged : this.#classNames.indexOf(name as C);
  }

  /** Fills an area: the pixels whose middles are inside. */
  #fill({ class: name, corners, pattern }: MappedArea<C>, owners: Uint8Array): void {
    const { width, height } = this.#size;
    const mark = this.#markOf(name);
    for (let y = 0; y < height; y++) {
      const crossings = findCrossings(corners, y + 0.5);
      if (crossings.length < 2) continue;
      fillBackgroundRow(pattern, y, width, this.#row);
      for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
        const first = Math.max(0, Math.ceil(crossings[pair]! - 0.5));
        const end = Math.min(width, Math.ceil(crossings[pair + 1]! - 0.5));
        if (end <= first) continue;
        const place = y * width;
        this.#colours.set(this.#row.subarray(3 * first, 3 * end), 3 * (place + first));
        owners.fill(mark, place + first, place + end);
      }
    }
  }

  /** Draws a scene, whose first part fills it: {@linkcode mappedSceneBytes} bytes at `offset`. */
  draw(
    parts: readonly MappedPart<C>[],
    findTexture: FindTexture,
    output: Uint8Array,
    offset: number,
  ): void {
    const { width, height } = this.#size, colours = this.#colours;
    const area = width * height;
    const owners = output.subarray(offset + 3 * area, offset + 4 * area);
    const canvas: Canvas = { width, height, colours, owners };
    for (const part of parts) {
      if (part.kind === "area") this.#fill(part, owners);
      else drawIcon(part, this.#markOf(part.class), findTexture, canvas);
    }
    for (let at = 0; at < 3 * area; at++) {
      const value = colours[at]!;
      output[offset + at] = value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5 | 0;
    }
  }
}
