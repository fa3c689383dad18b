/**
 * The parts of a street scene, from the farthest to the nearest.
 *
 * @module
 */

import { RandomStream } from "../../../../random.ts";
import { PartBuilder } from "../mapped/part_builder.ts";
import {
  type MappedArea,
  type MappedMaterial,
  type MappedPart,
  notJudgedClass,
  type Point,
} from "../mapped/scene_parts.ts";
import type { StreetClass } from "./street_classes.ts";
import {
  drawGround,
  groundX,
  nearness,
  sidewalkEdge,
  type StreetGround,
  streetHeight,
  streetWidth,
} from "./street_layout.ts";
import { streetLooks } from "./street_looks.ts";

/** What moves or stands on the ground: how often, how large in front, and where across the street. */
const things: readonly (readonly [StreetClass, weight: number, side: number, Point])[] = [
  ["vegetation", 4, 95, [1.5, 3.2]],
  ["person", 3, 62, [0.7, 1.35]],
  ["rider", 2.5, 62, [0.3, 1]],
  ["car", 3, 66, [0, 0.9]],
  ["truck", 1.5, 84, [0, 0.9]],
  ["bus", 2, 90, [0, 0.9]],
  ["train", 1.2, 96, [0, 0.9]],
  ["motorcycle", 3, 54, [0.1, 1]],
  ["bicycle", 2.5, 54, [0.6, 1.3]],
];

const totalWeight = things.reduce((sum, [, weight]) => sum + weight, 0);

/** Nearest and farthest line of the ground on which things stand. */
const farthest = 0.12, nearest = 0.95;

/** Sides of a pole, a light and a sign in front. */
const poleHeight = 95, poleWidth = 5, lightSide = 46, signSide = 34;

type StreetPart = MappedPart<StreetClass>;

class StreetBuilder extends PartBuilder<StreetClass> {
  readonly ground: StreetGround;

  constructor(material: MappedMaterial<StreetClass>, index: number) {
    super(new RandomStream(0, "street", material.split, index), material, streetLooks);
    this.ground = drawGround(this.random);
  }

  /** A strip of the ground between two places across the street. */
  strip(name: StreetClass, from: number, to: number): MappedArea<StreetClass> {
    const { horizon } = this.ground;
    const x = (y: number, across: number) => groundX(this.ground, y, across);
    return this.area(name, [
      [x(horizon, from), horizon],
      [x(horizon, to), horizon],
      [x(streetHeight, to), streetHeight],
      [x(streetHeight, from), streetHeight],
    ]);
  }
}

function drawBackdrop(street: StreetBuilder): StreetPart[] {
  const { random, ground } = street, edge = sidewalkEdge(ground);
  const parts: StreetPart[] = [
    street.rectangle("sky", 0, 0, streetWidth, streetHeight),
    street.rectangle("terrain", 0, ground.horizon, streetWidth, streetHeight),
    street.strip("sidewalk", -edge, edge),
    street.strip("road", -1, 1),
  ];
  const buildings = 2 + random.integer(5);
  for (let count = 0; count < buildings; count++) {
    const side = random.uniform(18, 46), x = random.uniform(0, streetWidth);
    const bottom = ground.horizon + random.uniform(0.5, 4);
    parts.push(
      random.uniform() < 0.5 && street.hasIcons("building")
        ? street.icon("building", side, x, bottom)
        : street.rectangle(
          "building",
          x - side * random.uniform(0.3, 0.6),
          bottom - side * random.uniform(0.4, 0.9),
          x + side * random.uniform(0.3, 0.6),
          bottom,
        ),
    );
  }
  return parts;
}

/** A wall or a fence along the street, at the outer edge of a sidewalk. */
function drawBarrier(street: StreetBuilder, name: "wall" | "fence", side: number): StreetPart {
  const { random, ground } = street;
  const across = side * (sidewalkEdge(ground) + random.uniform(0.02, 0.6));
  const depth = streetHeight - ground.horizon;
  const far = ground.horizon + depth * random.uniform(0.08, 0.25);
  const near = ground.horizon + depth * random.uniform(0.4, 1);
  const height = random.uniform(18, 34);
  const corner = (y: number, up: number): Point => [
    groundX(ground, y, across),
    y - up * height * nearness(ground, y),
  ];
  return street.area(name, [corner(far, 0), corner(far, 1), corner(near, 1), corner(near, 0)]);
}

/** A sign without words: a triangle, a board or a disc. */
function drawSign(street: StreetBuilder, side: number, x: number, y: number): StreetPart {
  const corners = street.random.choose([3, 4, 12]);
  const turn = corners === 4 ? Math.PI / 4 : -Math.PI / 2;
  return street.area(
    "traffic sign",
    Array.from({ length: corners }, (_, index): Point => {
      const angle = turn + 2 * Math.PI * index / corners;
      return [x + side / 2 * Math.cos(angle), y + side / 2 * Math.sin(angle)];
    }),
  );
}

/** A pole with a light, a sign, or nothing. */
function drawPole(street: StreetBuilder, y: number): StreetPart[] {
  const { random, ground } = street, near = nearness(ground, y);
  const across = random.choose([-1, 1]) * random.uniform(1.02, sidewalkEdge(ground));
  const x = groundX(ground, y, across), top = y - poleHeight * near * random.uniform(0.7, 1.1);
  const half = Math.max(0.75, poleWidth * near / 2);
  const parts: StreetPart[] = [street.rectangle("pole", x - half, top, x + half, y)];
  const what = random.uniform();
  if (what < 0.45 && street.hasIcons("traffic light")) {
    const side = lightSide * near;
    parts.push(street.icon("traffic light", side, x, top + 0.7 * side));
  } else if (what < 0.85) {
    const side = signSide * near;
    parts.push(
      random.uniform() < 0.5 && street.hasIcons("traffic sign")
        ? street.icon("traffic sign", side, x, top + 0.7 * side)
        : drawSign(street, side, x, top + 0.3 * side),
    );
  }
  return parts;
}

function drawThing(street: StreetBuilder, y: number): StreetPart[] {
  const { random, ground } = street;
  let left = random.uniform(0, totalWeight);
  const [name, , side, [from, to]] = things.find(([, weight]) => (left -= weight) < 0) ??
    things[0]!;
  if (!street.hasIcons(name)) return [];
  const across = random.choose([-1, 1]) * random.uniform(from, to);
  const size = side * nearness(ground, y) * random.uniform(0.85, 1.15);
  return [street.icon(name, size, groundX(ground, y, across), y)];
}

/** The bonnet of one's own car. */
function drawBonnet(street: StreetBuilder): StreetPart {
  const height = street.random.uniform(3, 9);
  return street.area(
    notJudgedClass,
    Array.from({ length: 13 }, (_, index): Point => {
      const angle = Math.PI * index / 12;
      return [
        streetWidth * (0.5 - 0.55 * Math.cos(angle)),
        streetHeight + 1 - (height + 1) * Math.sin(angle),
      ];
    }),
  );
}

/**
 * Draws the parts of a scene: sky and ground, buildings, walls and fences, then poles and things, those
 * far away first. Rare classes, such as motorcycles and lights, are drawn more often than streets have
 * them.
 */
export function drawStreetParts(
  material: MappedMaterial<StreetClass>,
  index: number,
): StreetPart[] {
  const street = new StreetBuilder(material, index), { random, ground } = street;
  const parts = drawBackdrop(street);
  for (const side of [-1, 1]) {
    if (random.uniform() < 0.7) {
      parts.push(drawBarrier(street, random.choose(["wall", "fence"] as const), side));
    }
  }
  const depths = Array.from(
    { length: 6 + random.integer(7) },
    () => random.uniform(farthest, nearest),
  ).sort((a, b) => a - b);
  for (const depth of depths) {
    const y = ground.horizon + depth * (streetHeight - ground.horizon);
    parts.push(...random.uniform() < 0.3 ? drawPole(street, y) : drawThing(street, y));
  }
  if (random.uniform() < 0.5) parts.push(drawBonnet(street));
  return parts;
}
