/**
 * What stands about in rooms: people, animals, plants, and things on tables.
 *
 * @module
 */

import type { DrawnTable } from "./furniture.ts";
import type { PlaceBuilder, PlacePart, PlaceThing, Spot } from "./place_builder.ts";
import { otherThings, pets, type PlaceClass } from "./place_classes.ts";
import { notJudgedClass, type PartClass } from "../mapped/scene_parts.ts";
import { type Room, spotOnFloor } from "./room.ts";

/** Something small: how often, and its side where things are nearest. */
type Small = readonly [name: PartClass<PlaceClass>, weight: number, side: number];

/** What is on tables, by the kind of room. */
const onTables = {
  living: [
    ["flower", 3, 18],
    ["book", 4, 19],
    ["bottle", 3, 22],
    ["food", 1.5, 18],
    ["clock", 1.5, 16],
    ["plant", 1, 20],
    [notJudgedClass, 1, 16],
  ],
  kitchen: [
    ["food", 6, 19],
    ["bottle", 4, 22],
    ["flower", 1.2, 18],
    ["plant", 0.6, 19],
    ["clock", 0.7, 14],
    [notJudgedClass, 0.8, 16],
  ],
} satisfies Record<string, readonly Small[]>;

/** The kinds of rooms. */
export type RoomKind = keyof typeof onTables;

/** Something small that stands on something; nothing where the split has no icons of it. */
export function drawSmall(
  place: PlaceBuilder,
  kind: RoomKind,
  x: number,
  bottom: number,
  scale: number,
): PlacePart[] {
  const smalls: readonly Small[] = onTables[kind];
  let left = place.random.uniform(0, smalls.reduce((sum, [, weight]) => sum + weight, 0));
  const [name, , side] = smalls.find(([, weight]) => (left -= weight) < 0) ?? smalls[0]!;
  const among = name === notJudgedClass ? otherThings.room : undefined;
  if (!place.hasIcons(name, among)) return [];
  const size = side * scale * place.random.uniform(0.85, 1.15);
  return [place.icon(name, size, x, bottom, among)];
}

/** A table with things on it. */
export function setTable(
  place: PlaceBuilder,
  table: DrawnTable,
  kind: RoomKind,
  scale: number,
  most: number,
): PlacePart[] {
  const parts = [...table.parts];
  for (const line of [table.behind, table.before]) {
    const count = place.random.integer(most + 1), step = (table.right - table.left) / count;
    for (let index = 0; index < count; index++) {
      const x = table.left + (index + place.random.uniform(0.2, 0.8)) * step;
      parts.push(...drawSmall(place, kind, x, line, scale));
    }
  }
  return parts;
}

/** A thing of one icon. */
function iconThing(
  place: PlaceBuilder,
  name: PartClass<PlaceClass>,
  { x, bottom, scale }: Spot,
  [least, most]: readonly [number, number],
  among?: ReadonlySet<string>,
): PlaceThing[] {
  if (!place.hasIcons(name, among)) return [];
  const side = place.random.uniform(least, most) * scale;
  return [{ bottom, parts: [place.icon(name, side, x, bottom, among)] }];
}

/** Persons, animals, plants and other things that stand on the floor. */
export function drawOccupants(place: PlaceBuilder, room: Room): PlaceThing[] {
  const { random } = place;
  const spot = () => spotOnFloor(place, room, random.uniform(0, 1));
  const things: PlaceThing[] = [];
  for (let count = random.integer(3); count > 0; count--) {
    things.push(...iconThing(place, "person", spot(), [46, 66]));
  }
  for (let count = random.integer(3); count > 0; count--) {
    things.push(...iconThing(place, "animal", spot(), [22, 34], pets));
  }
  for (let count = random.integer(3); count > 0; count--) {
    things.push(
      ...iconThing(place, "plant", spotOnFloor(place, room, random.uniform(0, 0.5)), [24, 40]),
    );
  }
  if (place.chance(0.4)) {
    things.push(...iconThing(place, notJudgedClass, spot(), [16, 28], otherThings.room));
  }
  return things;
}
