/**
 * Furniture, drawn of plain areas: seen from the front, standing at a spot.
 *
 * @module
 */

import type { Point } from "../mapped/scene_parts.ts";
import { shadePattern } from "../mapped/pattern.ts";
import type { PlaceBuilder, PlacePart, Spot } from "./place_builder.ts";
import type { PlaceClass } from "./place_classes.ts";

/** Shades of a furniture's sides, seats, lines. */
const dark = 0.78, darker = 0.6, light = 1.1;

type Front = readonly [x0: number, y0: number, x1: number, y1: number];

/** The front of something that stands at a spot. */
function frontAt({ x, bottom, scale }: Spot, width: number, height: number): Front {
  const half = width * scale / 2;
  return [x - half, bottom - height * scale, x + half, bottom];
}

/** A sofa: back, arms and seat. */
export function drawSofa(place: PlaceBuilder, spot: Spot): PlacePart[] {
  const { random } = place;
  const front = frontAt(spot, random.uniform(52, 72), random.uniform(28, 36));
  const pattern = place.pattern("sofa"), panel = place.panel.bind(place, "sofa", front);
  const seats = 2 + random.integer(2), width = 0.8 / seats;
  return [
    panel([0.05, 0, 0.9, 0.7], pattern, dark),
    panel([0, 0.35, 1, 0.6], pattern),
    ...Array.from(
      { length: seats },
      (_, seat) => panel([0.1 + seat * width + 0.01, 0.42, width - 0.02, 0.3], pattern, light),
    ),
    panel([0.1, 0.72, 0.8, 0.2], pattern, dark),
    panel([0.04, 0.95, 0.06, 0.05], pattern, darker),
    panel([0.9, 0.95, 0.06, 0.05], pattern, darker),
  ];
}

/** A chair: an icon where the split has one, or back, seat and legs. */
export function drawChair(place: PlaceBuilder, spot: Spot): PlacePart[] {
  const { random } = place;
  if (place.hasIcons("chair") && place.chance(0.5)) {
    return [place.icon("chair", random.uniform(34, 44) * spot.scale, spot.x, spot.bottom)];
  }
  const front = frontAt(spot, random.uniform(17, 23), random.uniform(34, 42));
  const pattern = place.pattern("chair"), panel = place.panel.bind(place, "chair", front);
  const legs = [0.06, 0.82].map((left) => panel([left, 0.62, 0.12, 0.38], pattern, darker));
  const seat = panel([0, 0.52, 1, 0.14], pattern, light);
  if (place.chance(0.5)) return [...legs, panel([0.04, 0, 0.92, 0.5], pattern), seat];
  // A back of bars.
  const bars = [0.04, 0.33, 0.56, 0.84].map((left) => panel([left, 0, 0.12, 0.52], pattern, dark));
  return [...legs, ...bars, panel([0.04, 0, 0.92, 0.12], pattern), seat];
}

/** A table, and its top, on which things stand. */
export interface DrawnTable {
  readonly parts: readonly PlacePart[];
  readonly left: number;
  readonly right: number;
  /** Lines on which things stand: behind, and in front. */
  readonly behind: number;
  readonly before: number;
}

/** A table: top and legs. */
export function drawTable(place: PlaceBuilder, spot: Spot): DrawnTable {
  const { random } = place, { scale } = spot;
  const front = frontAt(spot, random.uniform(46, 70), random.uniform(22, 32));
  const [x0, y0, x1, y1] = front, depth = random.uniform(6, 10) * scale;
  const pattern = place.pattern("table"), lean = 4 * scale, thick = 2.5 * scale;
  const leg = Math.max(1.5, 3 * scale);
  const legs = [x0 + 1, x1 - leg - 1].map((x) =>
    place.rectangle("table", x, y0 + depth, x + leg, y1, shadePattern(pattern, darker))
  );
  const backLegs = [x0 + lean + 4 * scale, x1 - lean - leg - 4 * scale].map((x) =>
    place.rectangle("table", x, y0 + depth, x + leg, y1 - depth / 2, shadePattern(pattern, 0.5))
  );
  const top: Point[] = [[x0 + lean, y0], [x1 - lean, y0], [x1, y0 + depth], [x0, y0 + depth]];
  return {
    parts: [
      ...backLegs,
      ...legs,
      place.area("table", top, shadePattern(pattern, light)),
      place.rectangle(
        "table",
        x0,
        y0 + depth,
        x1,
        y0 + depth + thick,
        shadePattern(pattern, dark),
      ),
    ],
    left: x0 + lean,
    right: x1 - lean,
    behind: y0 + 0.35 * depth,
    before: y0 + 0.9 * depth,
  };
}

/** Doors or drawers with handles, all over a front. */
function drawDoors(
  place: PlaceBuilder,
  front: Front,
  columns: number,
  rows: number,
): PlacePart[] {
  const name: PlaceClass = "cabinet";
  const pattern = place.pattern(name), panel = place.panel.bind(place, name, front);
  const width = 1 / columns, height = 1 / rows;
  const parts: PlacePart[] = [panel([0, 0, 1, 1], pattern, dark)];
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      const left = column * width, top = row * height;
      parts.push(
        panel([left + 0.06 * width, top + 0.07 * height, 0.88 * width, 0.86 * height], pattern),
        panel(
          [
            left + (column % 2 === 0 ? 0.74 : 0.18) * width,
            top + 0.4 * height,
            0.08 * width,
            0.2 * height,
          ],
          pattern,
          0.4,
        ),
      );
    }
  }
  return parts;
}

/** A row of low cabinets with a top; things stand on its upper edge. */
export function drawLowCabinet(
  place: PlaceBuilder,
  spot: Spot,
  width = place.random.uniform(34, 50),
): { readonly parts: readonly PlacePart[]; readonly top: number } {
  const front = frontAt(spot, width, place.random.uniform(20, 27));
  const [x0, y0, x1] = front;
  const columns = Math.max(2, Math.round(width / 14)), rows = place.chance(0.3) ? 2 : 1;
  const doors = drawDoors(place, front, columns, rows);
  const board = place.pattern("cabinet");
  return {
    parts: [...doors, place.rectangle("cabinet", x0 - 1, y0 - 2, x1 + 1, y0 + 1, board)],
    top: y0 - 1,
  };
}

/** A row of cabinets on the wall. */
export function drawWallCabinets(place: PlaceBuilder, front: Front): PlacePart[] {
  return drawDoors(place, front, Math.max(2, Math.round((front[2] - front[0]) / 12)), 1);
}

/** A case of books: an open front with boards, books between them. */
export function drawBookcase(place: PlaceBuilder, spot: Spot): PlacePart[] {
  const { random } = place, { scale } = spot;
  const front = frontAt(spot, random.uniform(28, 40), random.uniform(46, 60));
  const [x0, y0, x1, y1] = front, boards = 3 + random.integer(2);
  const pattern = place.pattern("cabinet"), edge = 2 * scale, step = (y1 - y0 - edge) / boards;
  const parts: PlacePart[] = [
    place.rectangle("cabinet", x0, y0, x1, y1, pattern),
    ...Array.from({ length: boards }, (_, board) =>
      place.rectangle(
        "cabinet",
        x0 + edge,
        y0 + edge + board * step,
        x1 - edge,
        y0 + (board + 1) * step,
        shadePattern(pattern, 0.55),
      )),
  ];
  for (let board = 0; board < boards; board++) {
    const bottom = y0 + (board + 1) * step, side = step * 0.98;
    for (let x = x0 + edge + side / 2; x + side / 2 <= x1 - edge + 1; x += side * 0.9) {
      if (place.chance(0.75)) parts.push(place.icon("book", side, x, bottom));
    }
  }
  return parts;
}

/** A refrigerator with two doors. */
export function drawRefrigerator(place: PlaceBuilder, spot: Spot): PlacePart[] {
  const { random } = place;
  const front = frontAt(spot, random.uniform(24, 32), random.uniform(54, 66));
  const name: PlaceClass = "refrigerator";
  const pattern = place.pattern(name), panel = place.panel.bind(place, name, front);
  const split = random.uniform(0.28, 0.4), handle = random.choose([0.1, 0.84]);
  return [
    panel([0, 0, 1, 1], pattern, dark),
    panel([0.03, 0.015, 0.94, split - 0.02], pattern),
    panel([0.03, split + 0.01, 0.94, 0.95 - split], pattern),
    panel([handle, split - 0.16, 0.06, 0.11], pattern, 0.5),
    panel([handle, split + 0.06, 0.06, 0.2], pattern, 0.5),
  ];
}

/** A lamp that stands: shade, pole and foot. */
export function drawFloorLamp(place: PlaceBuilder, spot: Spot): PlacePart[] {
  const { random } = place, { x, bottom, scale } = spot;
  const height = random.uniform(46, 62) * scale, half = random.uniform(8, 12) * scale;
  const top = bottom - height, shade = height * random.uniform(0.24, 0.34);
  const pattern = place.pattern("lamp"), metal = shadePattern(pattern, 0.45);
  const narrow = half * random.uniform(0.45, 0.8);
  return [
    place.rectangle("lamp", x - 0.9, top + shade, x + 0.9, bottom, metal),
    place.ellipse("lamp", x, bottom, half * 0.6, 1.6, metal),
    place.area(
      "lamp",
      [[x - narrow, top], [x + narrow, top], [x + half, top + shade], [x - half, top + shade]],
      pattern,
    ),
  ];
}

/** A lamp that hangs from the ceiling. */
export function drawHangingLamp(place: PlaceBuilder, x: number, from: number): PlacePart[] {
  const { random } = place;
  const length = random.uniform(8, 20),
    half = random.uniform(8, 13),
    height = random.uniform(8, 12);
  const pattern = place.pattern("lamp"), top = from + length;
  return [
    place.rectangle("lamp", x - 0.7, from, x + 0.7, top + 1, shadePattern(pattern, 0.4)),
    place.area("lamp", [
      [x - half * 0.35, top],
      [x + half * 0.35, top],
      [x + half, top + height],
      [x - half, top + height],
    ], pattern),
  ];
}
