/**
 * EmojiADE: rooms and farms composed of icons and patterns, with a class for every pixel.
 *
 * @module
 */

import type { MappedSet } from "../mapped/mapped_set.ts";
import type { MappedMaterial } from "../mapped/scene_parts.ts";
import { drawFarm } from "./farm_parts.ts";
import { PlaceBuilder, type PlacePart, placeSide } from "./place_builder.ts";
import { type PlaceClass, placeClasses, placeSubjects } from "./place_classes.ts";
import { drawKitchen, drawLivingRoom } from "./room_parts.ts";

/** Changes when the same scene is drawn in another way; part of every content key. */
export const placeVersion = 1;

/** Draws what a scene shows: one living room, kitchen or farm in three each. */
export function drawPlaceParts(
  material: MappedMaterial<PlaceClass>,
  index: number,
): readonly PlacePart[] {
  const place = new PlaceBuilder(material, index);
  return place.random.choose([drawLivingRoom, drawKitchen, drawFarm])(place);
}

/** The set of rooms and farms. */
export const placeSet: MappedSet<PlaceClass> = {
  name: "emojiade-30",
  title: "EmojiADE-30",
  classNames: placeClasses,
  size: { width: placeSide, height: placeSide },
  counts: { train: 1000, dev: 150, val: 200, ood: 200 },
  versions: { placeVersion },
  subjects: placeSubjects,
  parts: drawPlaceParts,
};
