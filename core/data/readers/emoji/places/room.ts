/**
 * Where the walls of a room are, and what fits on them.
 *
 * @module
 */

import { shadePattern } from "../mapped/pattern.ts";
import { type PlaceBuilder, type PlacePart, placeSide, type Spot } from "./place_builder.ts";

/** The back wall of a room. */
export interface Room {
  readonly left: number;
  readonly right: number;
  /** Where the ceiling begins; above the scene where none is seen. */
  readonly ceiling: number;
  readonly floor: number;
}

/** Draws where the back wall is. */
export function drawRoom(place: PlaceBuilder): Room {
  const { random } = place;
  return {
    left: random.uniform(-0.12, 0.16) * placeSide,
    right: random.uniform(0.84, 1.12) * placeSide,
    ceiling: place.chance(0.3) ? -4 : random.uniform(0.06, 0.16) * placeSide,
    floor: random.uniform(0.56, 0.68) * placeSide,
  };
}

/** Walls, ceiling and floor. */
export function drawShell(place: PlaceBuilder, room: Room): PlacePart[] {
  const { left, right, ceiling, floor } = room;
  const wall = place.pattern("wall"), side = shadePattern(wall, place.random.uniform(0.8, 0.95));
  const parts: PlacePart[] = [
    place.rectangle("wall", 0, 0, placeSide, placeSide, side),
    place.area("floor", [
      [left, floor],
      [right, floor],
      [placeSide + 40, placeSide + 1],
      [-40, placeSide + 1],
    ]),
    place.rectangle("wall", left, ceiling, right, floor, wall),
  ];
  if (ceiling > 0) {
    parts.push(place.area("ceiling", [
      [left, ceiling],
      [right, ceiling],
      [placeSide + 10, -1],
      [-10, -1],
    ]));
  }
  return parts;
}

/** A spot on the floor. @param depth 0 at the back wall, 1 at the bottom of the scene. */
export function spotOnFloor(place: PlaceBuilder, room: Room, depth: number): Spot {
  const { random } = place;
  const from = Math.max(8, room.left + 8), to = Math.min(placeSide - 8, room.right - 8);
  return {
    x: random.uniform(from, to),
    bottom: room.floor + 2 + depth * (placeSide - 4 - room.floor),
    scale: 0.72 + 0.38 * depth,
  };
}

/** Places on a wall, side by side. */
export class WallSpace {
  readonly #from: number;
  readonly #to: number;
  readonly #taken: (readonly [number, number])[] = [];

  constructor({ left, right }: Room) {
    this.#from = Math.max(1, left + 2);
    this.#to = Math.min(placeSide - 1, right - 2);
  }

  /** Middle of a place of some width that nothing is on; undefined where none was found. */
  take(place: PlaceBuilder, width: number): number | undefined {
    const half = width / 2;
    if (this.#to - this.#from < width) return undefined;
    for (let attempt = 0; attempt < 6; attempt++) {
      const x = place.random.uniform(this.#from + half, this.#to - half);
      if (this.#taken.every(([from, to]) => x + half < from || x - half > to)) {
        this.#taken.push([x - half, x + half]);
        return x;
      }
    }
    return undefined;
  }
}
