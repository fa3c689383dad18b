/**
 * What a scene shows, and where: a pure function of the data set, the split and the scene's index.
 *
 * @module
 */

import { RandomStream } from "../../../../random.ts";
import { type Background, createBackground, drawBackground } from "../views/background.ts";
import { largestRotation } from "../views/composed_view.ts";
import type { SceneIcon } from "./scene_sets.ts";

/** Changes when the same scene is drawn in another way; part of every content key. */
export const sceneVersion = 1;

/** Side of a scene in pixels. */
export const sceneSide = 128;
/** Most objects of a scene; there is at least one. */
export const mostObjects = 6;
/** Most distractors of a scene. */
const mostDistractors = 3;
/** Least and greatest side of an object's tile in pixels. */
const objectSides: readonly [number, number] = [20, 76];
/** Least and greatest side of a distractor's tile in pixels. */
const distractorSides: readonly [number, number] = [12, 44];
/** How far a tile may stick out of the scene, in its own sides. */
const overhang = 0.15;
/** Places that are tried for a tile; the one that overlaps least is taken. */
const placesTried = 8;
/** Overlap, in parts of the smaller of two tiles, that needs no other place. */
const easyOverlap = 0.2;

/** A drawing in a scene. */
export interface PlacedIcon {
  readonly icon: SceneIcon;
  /** Index into the class names; −1 for a distractor. */
  readonly category: number;
  /** Side of the tile in pixels. */
  readonly side: number;
  /** Centre of the tile in pixels. */
  readonly centreX: number;
  readonly centreY: number;
  /** Turn, in radians, clockwise on the screen. */
  readonly rotation: number;
  readonly flip: boolean;
}

/** What a scene shows. */
export interface SceneLayout {
  readonly background: Background;
  /** From the one farthest away to the nearest, which may hide parts of the others. */
  readonly icons: readonly PlacedIcon[];
}

/** What a split's scenes are made of. */
export interface SceneMaterial {
  /** Name of the data set. */
  readonly name: string;
  readonly split: string;
  /** By class; empty where the split's icon sets draw none. */
  readonly objects: readonly (readonly SceneIcon[])[];
  readonly distractors: readonly SceneIcon[];
}

type Tile = Pick<PlacedIcon, "side" | "centreX" | "centreY">;

/** Shared part of two tiles, unturned, of the smaller one. */
function overlapOf(a: Tile, b: Tile): number {
  const reach = (a.side + b.side) / 2;
  const most = Math.min(a.side, b.side);
  const x = Math.min(most, reach - Math.abs(a.centreX - b.centreX));
  const y = Math.min(most, reach - Math.abs(a.centreY - b.centreY));
  return x <= 0 || y <= 0 ? 0 : x * y / most ** 2;
}

/** A place for a tile: the first of a few that hides little of the others, or the best of them. */
function findPlace(random: RandomStream, side: number, others: readonly Tile[]): Tile {
  const margin = side * (0.5 - overhang);
  let best: Tile | undefined, least = Infinity;
  for (let attempt = 0; attempt < placesTried; attempt++) {
    const tile = {
      side,
      centreX: random.uniform(margin, sceneSide - margin),
      centreY: random.uniform(margin, sceneSide - margin),
    };
    const overlap = Math.max(0, ...others.map((other) => overlapOf(tile, other)));
    if (overlap < least) [best, least] = [tile, overlap];
    if (overlap <= easyOverlap) break;
  }
  return best!;
}

/**
 * Draws what a scene shows.
 *
 * @throws {RangeError} where the material has no drawing of any class.
 */
export function drawSceneLayout(
  { name, split, objects, distractors }: SceneMaterial,
  index: number,
): SceneLayout {
  const random = new RandomStream(0, "scene", name, split, index);
  const background = createBackground();
  drawBackground(random, background);
  const classes = objects.flatMap((icons, category) => icons.length === 0 ? [] : [category]);
  if (classes.length === 0) throw new RangeError(`No icon shows an object of ${name}, ${split}`);
  const count = 1 + random.integer(mostObjects);
  const hidden = distractors.length === 0 ? 0 : random.integer(mostDistractors + 1);
  // Objects and distractors hide each other in any order.
  const order = random.permutation(count + hidden);
  const icons: PlacedIcon[] = [];
  for (const place of order) {
    const isObject = place < count;
    const category = isObject ? random.choose(classes) : -1;
    const icon = random.choose(isObject ? objects[category]! : distractors);
    const side = random.uniform(...(isObject ? objectSides : distractorSides));
    const tile = findPlace(random, side, icons);
    icons.push({
      ...tile,
      icon,
      category,
      rotation: random.uniform(-1, 1) * largestRotation * Math.PI / 180,
      flip: random.uniform() < 0.5,
    });
  }
  return { background, icons };
}
