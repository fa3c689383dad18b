/**
 * Farms: sky and mountains, grass and fields, fences, houses, trees, animals.
 *
 * @module
 */

import { notJudgedClass, type PartClass, type Point } from "../mapped/scene_parts.ts";
import { shadePattern } from "../mapped/pattern.ts";
import { type PlaceBuilder, type PlacePart, placeSide, type PlaceThing } from "./place_builder.ts";
import { otherThings, type PlaceClass } from "./place_classes.ts";

/** What is on a farm: how often, its side in front, and how far it is: 0 at the horizon, 1 in front. */
const things: readonly (readonly [
  PartClass<PlaceClass>,
  weight: number,
  side: number,
  nearest: readonly [number, number],
])[] = [
  ["tree", 3, 92, [0.05, 0.7]],
  ["animal", 5, 46, [0.15, 1]],
  ["person", 2, 62, [0.15, 1]],
  ["flower", 2.2, 24, [0.4, 1]],
  ["plant", 1.4, 26, [0.3, 1]],
  [notJudgedClass, 0.8, 40, [0.2, 0.9]],
];

const totalWeight = things.reduce((sum, [, weight]) => sum + weight, 0);

/** Things are so much smaller at the horizon than in front. */
const farthestScale = 0.28;

function scaleAt(depth: number): number {
  return farthestScale + (1 - farthestScale) * depth;
}

/** A mountain, maybe with snow. */
function drawMountain(place: PlaceBuilder, horizon: number): PlacePart[] {
  const { random } = place;
  const x = random.uniform(0, placeSide), half = random.uniform(24, 60);
  const height = horizon * random.uniform(0.35, 0.8), top = horizon - height;
  const lean = random.uniform(-0.25, 0.25) * half;
  const shoulder = random.uniform(0.35, 0.6);
  const pattern = place.pattern("mountain");
  const parts: PlacePart[] = [
    place.area("mountain", [
      [x - half, horizon + 1],
      [x + lean - half * shoulder * 0.8, top + height * shoulder],
      [x + lean, top],
      [x + lean + half * shoulder, top + height * (shoulder - 0.1)],
      [x + half, horizon + 1],
    ], pattern),
  ];
  if (place.chance(0.4)) {
    const down = 0.28 * height, wide = half * 0.2;
    parts.push(place.area("mountain", [
      [x + lean, top],
      [x + lean + wide, top + down],
      [x + lean, top + down * 0.7],
      [x + lean - wide, top + down],
    ], shadePattern(pattern, 1.9)));
  }
  return parts;
}

/** A field that runs from near to far. */
function drawField(place: PlaceBuilder, horizon: number): PlacePart {
  const { random } = place, depth = placeSide - horizon;
  const far = horizon + depth * random.uniform(0.02, 0.3);
  const near = Math.min(placeSide + 1, far + depth * random.uniform(0.25, 0.8));
  const x = random.uniform(0, placeSide), half = random.uniform(20, 46);
  // Edges run to one point of the horizon.
  const spread = 1 + 1.1 * (near - far) / depth;
  const middle = placeSide / 2;
  const nearX = (edge: number) => middle + (edge - middle) * spread;
  const corners: Point[] = [
    [x - half, far],
    [x + half, far],
    [nearX(x + half), near],
    [nearX(x - half), near],
  ];
  return place.area("field", corners);
}

/** A fence across the scene: posts and two or three rails. */
function drawFence(place: PlaceBuilder, horizon: number): PlaceThing {
  const { random } = place, depth = random.uniform(0.1, 0.85), scale = scaleAt(depth);
  const bottom = horizon + depth * (placeSide - horizon);
  const height = random.uniform(17, 25) * scale, post = Math.max(1.4, 3.2 * scale);
  const from = place.chance(0.5) ? -4 : random.uniform(0, 50);
  const to = place.chance(0.5) ? placeSide + 4 : random.uniform(78, placeSide);
  const pattern = place.pattern("fence"), dark = shadePattern(pattern, 0.85);
  const rails = 2 + random.integer(2), rail = Math.max(1.3, 2.8 * scale);
  const gap = random.uniform(8, 15) * scale;
  const parts: PlacePart[] = [];
  for (let index = 0; index < rails; index++) {
    const y = bottom - height * (0.9 - 0.7 * index / Math.max(1, rails - 1));
    parts.push(place.rectangle("fence", from, y, to, y + rail, dark));
  }
  for (let x = from; x <= to; x += gap) {
    parts.push(
      place.rectangle("fence", x - post / 2, bottom - height, x + post / 2, bottom, pattern),
    );
  }
  return { bottom, parts };
}

/** A barn of plain areas. */
function drawBarn(place: PlaceBuilder, x: number, bottom: number, side: number): PlacePart[] {
  const { random } = place;
  const half = side * random.uniform(0.35, 0.55), height = side * random.uniform(0.3, 0.42);
  const roof = side * random.uniform(0.22, 0.36), over = half * 1.12;
  const walls = place.pattern("house"), cover = shadePattern(place.pattern("house"), 0.7);
  const dark = shadePattern(walls, 0.45), gate = half * random.uniform(0.25, 0.4);
  const eaves = bottom - height;
  return [
    place.rectangle("house", x - half, eaves, x + half, bottom, walls),
    place.area(
      "house",
      place.chance(0.5) ? [[x - over, eaves], [x, eaves - roof], [x + over, eaves]] : [
        [x - over, eaves],
        [x - half * 0.7, eaves - roof],
        [x + half * 0.7, eaves - roof],
        [x + over, eaves],
      ],
      cover,
    ),
    place.rectangle("house", x - gate, bottom - height * 0.7, x + gate, bottom, dark),
  ];
}

/** A house or barn, not far from the horizon. */
function drawHouse(place: PlaceBuilder, horizon: number): PlaceThing {
  const { random } = place, depth = random.uniform(0.04, 0.3);
  const bottom = horizon + depth * (placeSide - horizon);
  const side = random.uniform(70, 100) * scaleAt(depth), x = random.uniform(0, placeSide);
  const parts = place.hasIcons("house") && place.chance(0.55)
    ? [place.icon("house", side, x, bottom)]
    : drawBarn(place, x, bottom, side);
  return { bottom, parts };
}

/** Something of the list; nothing where the split has no icons of it. */
function drawThing(place: PlaceBuilder, horizon: number): PlaceThing[] {
  const { random } = place;
  let left = random.uniform(0, totalWeight);
  const [name, , side, [from, to]] = things.find(([, weight]) => (left -= weight) < 0) ??
    things[0]!;
  const among = name === notJudgedClass ? otherThings.farm : undefined;
  if (!place.hasIcons(name, among)) return [];
  const depth = random.uniform(from, to);
  const bottom = horizon + depth * (placeSide - horizon);
  const size = side * scaleAt(depth) * random.uniform(0.8, 1.15);
  return [{ bottom, parts: [place.icon(name, size, random.uniform(0, placeSide), bottom, among)] }];
}

/** Sky, mountains, grass and fields. */
function drawLand(place: PlaceBuilder, horizon: number): PlacePart[] {
  const { random } = place;
  const parts: PlacePart[] = [place.rectangle("sky", 0, 0, placeSide, placeSide)];
  for (let count = random.integer(4); count > 0; count--) {
    const side = random.uniform(16, 34), y = random.uniform(0.1, 0.8) * horizon + side / 2;
    parts.push(place.icon("sky", side, random.uniform(0, placeSide), y));
  }
  if (place.chance(0.6)) {
    for (let count = 1 + random.integer(3); count > 0; count--) {
      parts.push(...drawMountain(place, horizon));
    }
  }
  parts.push(place.rectangle("grass", 0, horizon, placeSide, placeSide));
  for (let count = random.integer(3); count > 0; count--) parts.push(drawField(place, horizon));
  return parts;
}

/** A farm. */
export function drawFarm(place: PlaceBuilder): PlacePart[] {
  const { random } = place, horizon = random.uniform(0.3, 0.48) * placeSide;
  const parts = drawLand(place, horizon);
  const drawn: PlaceThing[] = [];
  for (let count = random.integer(3); count > 0; count--) drawn.push(drawHouse(place, horizon));
  for (let count = random.integer(3); count > 0; count--) drawn.push(drawFence(place, horizon));
  for (let count = 4 + random.integer(7); count > 0; count--) {
    drawn.push(...drawThing(place, horizon));
  }
  const near = drawn.toSorted((a, b) => a.bottom - b.bottom);
  return [...parts, ...near.flatMap((thing) => thing.parts)];
}
