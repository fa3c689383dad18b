/**
 * Living rooms and kitchens.
 *
 * @module
 */

import type { Point } from "../mapped/scene_parts.ts";
import {
  drawBookcase,
  drawChair,
  drawFloorLamp,
  drawHangingLamp,
  drawLowCabinet,
  drawRefrigerator,
  drawSofa,
  drawTable,
  drawWallCabinets,
} from "./furniture.ts";
import { type PlaceBuilder, type PlacePart, placeSide, type PlaceThing } from "./place_builder.ts";
import { drawRoom, drawShell, type Room, spotOnFloor, WallSpace } from "./room.ts";
import { drawOccupants, drawSmall, type RoomKind, setTable } from "./room_things.ts";
import { drawDoor, drawPainting, drawWallClock, drawWindow } from "./wall_things.ts";

/** The parts of things, those that are far away first. */
function inOrder(things: readonly PlaceThing[]): PlacePart[] {
  return things.toSorted((a, b) => a.bottom - b.bottom).flatMap(({ parts }) => parts);
}

/** Draws something of some width on the wall if there is room for it. */
function hang(
  place: PlaceBuilder,
  wall: WallSpace,
  width: number,
  draw: (x: number) => readonly PlacePart[],
): readonly PlacePart[] {
  const x = wall.take(place, width);
  return x === undefined ? [] : draw(x);
}

/** Windows, a door, paintings and a clock. */
function drawWall(
  place: PlaceBuilder,
  { ceiling, floor }: Room,
  wall: WallSpace,
  paintings: number,
): PlacePart[] {
  const { random } = place, top = Math.max(ceiling, 0), height = floor - top;
  const parts: PlacePart[] = [];
  if (place.chance(0.75)) {
    const width = random.uniform(24, 40), tall = height * random.uniform(0.36, 0.5);
    const above = top + height * random.uniform(0.12, 0.2);
    parts.push(...hang(place, wall, width * 1.5, (x) => drawWindow(place, x, above, width, tall)));
  }
  if (place.chance(0.45)) {
    const tall = height * random.uniform(0.7, 0.88);
    parts.push(...hang(place, wall, tall * 0.56, (x) => drawDoor(place, x, floor, tall)));
  }
  if (place.chance(0.6)) {
    const y = top + height * random.uniform(0.16, 0.34);
    parts.push(...hang(place, wall, 20, (x) => drawWallClock(place, x, y)));
  }
  for (let count = random.integer(paintings + 1); count > 0; count--) {
    const y = top + height * random.uniform(0.25, 0.45);
    parts.push(...hang(place, wall, 32, (x) => drawPainting(place, x, y)));
  }
  return parts;
}

/** A rug on the floor. */
function drawRug(place: PlaceBuilder, { floor }: Room): PlacePart {
  const { random } = place;
  const depth = placeSide - floor;
  const far = floor + depth * random.uniform(0.15, 0.4);
  const near = floor + depth * random.uniform(0.65, 0.98);
  const x = random.uniform(0.35, 0.65) * placeSide, half = random.uniform(28, 50);
  if (place.chance(0.4)) return place.ellipse("rug", x, (far + near) / 2, half, (near - far) / 2);
  const lean = half * 0.25;
  const corners: Point[] = [
    [x - half + lean, far],
    [x + half - lean, far],
    [x + half, near],
    [x - half, near],
  ];
  return place.area("rug", corners);
}

/** One or two lamps that hang, where a ceiling or the wall is above. */
function drawHangingLamps(place: PlaceBuilder, { ceiling }: Room): PlacePart[] {
  const from = Math.max(0, ceiling * place.random.uniform(0.2, 0.8));
  return drawHangingLamp(place, place.random.uniform(0.2, 0.8) * placeSide, from);
}

/** A table with chairs, and what is on it. */
function drawTableGroup(
  place: PlaceBuilder,
  room: Room,
  kind: RoomKind,
  chairs: number,
  most: number,
): PlaceThing[] {
  const { random } = place;
  const spot = spotOnFloor(place, room, random.uniform(0.35, 0.9));
  const table = drawTable(place, spot);
  const things: PlaceThing[] = [{
    bottom: spot.bottom,
    parts: setTable(place, table, kind, spot.scale, most),
  }];
  for (let count = 0; count < chairs; count++) {
    const aside = random.choose([-1, 1]) * random.uniform(14, 42) * spot.scale;
    const bottom = spot.bottom + random.uniform(-6, 5);
    things.push({ bottom, parts: drawChair(place, { ...spot, x: spot.x + aside, bottom }) });
  }
  return things;
}

/** A living room. */
export function drawLivingRoom(place: PlaceBuilder): PlacePart[] {
  const { random } = place, room = drawRoom(place), wall = new WallSpace(room);
  const parts = drawShell(place, room);
  parts.push(...drawWall(place, room, wall, 3));
  if (place.chance(0.65)) parts.push(drawRug(place, room));
  if (place.chance(0.35)) parts.push(...drawHangingLamps(place, room));
  const things: PlaceThing[] = [];
  if (place.chance(0.4)) {
    const spot = spotOnFloor(place, room, 0);
    things.push({ bottom: spot.bottom, parts: drawBookcase(place, spot) });
  }
  if (place.chance(0.8)) {
    const spot = spotOnFloor(place, room, random.uniform(0.1, 0.6));
    things.push({ bottom: spot.bottom, parts: drawSofa(place, spot) });
  }
  if (place.chance(0.55)) {
    const spot = spotOnFloor(place, room, random.uniform(0, 0.3));
    const { parts: cabinet, top } = drawLowCabinet(place, spot);
    const television = place.icon("television", random.uniform(26, 36) * spot.scale, spot.x, top);
    things.push({ bottom: spot.bottom, parts: [...cabinet, television] });
  }
  if (place.chance(0.6)) {
    const spot = spotOnFloor(place, room, random.uniform(0, 0.4));
    things.push({ bottom: spot.bottom, parts: drawFloorLamp(place, spot) });
  }
  if (place.chance(0.65)) {
    things.push(...drawTableGroup(place, room, "living", random.integer(3), 2));
  }
  things.push(...drawOccupants(place, room));
  return [...parts, ...inOrder(things)];
}

/** A kitchen. */
export function drawKitchen(place: PlaceBuilder): PlacePart[] {
  const { random } = place, room = drawRoom(place), wall = new WallSpace(room);
  const parts = drawShell(place, room);
  const { ceiling, floor } = room, top = Math.max(ceiling, 0);
  if (place.chance(0.8)) {
    const width = random.uniform(30, 56), above = top + random.uniform(2, 8);
    parts.push(...hang(place, wall, width, (x) =>
      drawWallCabinets(place, [
        x - width / 2,
        above,
        x + width / 2,
        above + (floor - top) * random.uniform(0.26, 0.34),
      ])));
  }
  parts.push(...drawWall(place, room, wall, 1));
  if (place.chance(0.25)) parts.push(drawRug(place, room));
  if (place.chance(0.5)) parts.push(...drawHangingLamps(place, room));
  const things: PlaceThing[] = [];
  if (place.chance(0.85)) {
    const spot = spotOnFloor(place, room, random.uniform(0, 0.06));
    const width = random.uniform(44, 76);
    const { parts: cabinet, top } = drawLowCabinet(place, spot, width);
    const smalls: PlacePart[] = [];
    for (let count = random.integer(4); count > 0; count--) {
      const x = spot.x + random.uniform(-0.42, 0.42) * width * spot.scale;
      smalls.push(...drawSmall(place, "kitchen", x, top, 0.9));
    }
    things.push({ bottom: spot.bottom, parts: [...cabinet, ...smalls] });
  }
  if (place.chance(0.75)) {
    const spot = spotOnFloor(place, room, random.uniform(0.02, 0.15));
    things.push({ bottom: spot.bottom, parts: drawRefrigerator(place, spot) });
  }
  if (place.chance(0.85)) {
    things.push(...drawTableGroup(place, room, "kitchen", random.integer(4), 4));
  }
  things.push(...drawOccupants(place, room));
  return [...parts, ...inOrder(things)];
}
