/**
 * What rooms and farms are built with.
 *
 * @module
 */

import { RandomStream } from "../../../../random.ts";
import { PartBuilder } from "../mapped/part_builder.ts";
import type { MappedArea, MappedMaterial, MappedPart } from "../mapped/scene_parts.ts";
import { shadePattern } from "../mapped/pattern.ts";
import type { Background } from "../views/background.ts";
import type { PlaceClass } from "./place_classes.ts";
import { placeLooks } from "./place_looks.ts";

/** Side of a scene in pixels. */
export const placeSide = 128;

/** A part of a room or a farm. */
export type PlacePart = MappedPart<PlaceClass>;

/** Parts that are drawn together, and the line on which they stand: those of a lower line are nearer. */
export interface PlaceThing {
  readonly bottom: number;
  readonly parts: readonly PlacePart[];
}

/** Where something stands, and how large things are there. */
export interface Spot {
  /** Middle of it. */
  readonly x: number;
  readonly bottom: number;
  /** 1 for things that are nearest. */
  readonly scale: number;
}

/** Makes parts of rooms and farms. */
export class PlaceBuilder extends PartBuilder<PlaceClass> {
  constructor(material: MappedMaterial<PlaceClass>, index: number) {
    super(new RandomStream(0, "place", material.split, index), material, placeLooks);
  }

  /** Whether something happens that happens so often. */
  chance(probability: number): boolean {
    return this.random.uniform() < probability;
  }

  /** A part of a front, by its left, top, width and height in parts of the front's. */
  panel(
    name: PlaceClass,
    [x0, y0, x1, y1]: readonly [number, number, number, number],
    [left, top, width, height]: readonly [number, number, number, number],
    pattern: Background,
    shade = 1,
  ): MappedArea<PlaceClass> {
    const spanX = x1 - x0, spanY = y1 - y0;
    return this.rectangle(
      name,
      x0 + left * spanX,
      y0 + top * spanY,
      x0 + (left + width) * spanX,
      y0 + (top + height) * spanY,
      shade === 1 ? pattern : shadePattern(pattern, shade),
    );
  }
}
