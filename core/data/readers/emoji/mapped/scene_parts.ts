/**
 * What a scene with a class for every pixel is made of: areas with a pattern, and icons.
 *
 * @module
 */

import type { PlacedIcon } from "../scenes/scene_layout.ts";
import type { SceneIcon } from "../scenes/scene_sets.ts";
import type { Background } from "../views/background.ts";

/** Class of what nobody is asked about, such as the bonnet of one's own car in Cityscapes. */
export const notJudgedClass = "not judged";

/** What a map has where nothing is judged. */
export const notJudged = 255;

/** A class of a set, or none of them. */
export type PartClass<C extends string> = C | typeof notJudgedClass;

/** Corner of an area in pixels. */
export type Point = readonly [x: number, y: number];

/** An area of one class with a pattern. */
export interface MappedArea<C extends string> {
  readonly kind: "area";
  readonly class: PartClass<C>;
  readonly corners: readonly Point[];
  readonly pattern: Background;
}

/** An icon of one class. */
export interface MappedIcon<C extends string> extends Omit<PlacedIcon, "category"> {
  readonly kind: "icon";
  readonly class: PartClass<C>;
}

/** Something in a scene. */
export type MappedPart<C extends string> = MappedArea<C> | MappedIcon<C>;

/** What the scenes of a split are made of. */
export interface MappedMaterial<C extends string> {
  readonly split: string;
  /** By class; a class may have none. */
  readonly icons: ReadonlyMap<PartClass<C>, readonly SceneIcon[]>;
}
