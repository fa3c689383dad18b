/**
 * What is on, and in, the wall of a room.
 *
 * @module
 */

import { type Background, createBackground, drawBackground } from "../views/background.ts";
import { shadePattern } from "../mapped/pattern.ts";
import type { PlaceBuilder, PlacePart } from "./place_builder.ts";
import { pets } from "./place_classes.ts";

/** A window of panes in a frame, maybe with curtains. */
export function drawWindow(
  place: PlaceBuilder,
  x: number,
  top: number,
  width: number,
  height: number,
): PlacePart[] {
  const { random } = place, half = width / 2;
  const glass = place.pattern("windowpane");
  const frame = place.pattern("ceiling");
  const front = [x - half, top, x + half, top + height] as const;
  const parts: PlacePart[] = [place.panel("windowpane", front, [0, 0, 1, 1], frame)];
  const columns = 1 + random.integer(3), rows = 1 + random.integer(2);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      const panes = [0.04 + column * 0.94 / columns, 0.05 + row * 0.92 / rows] as const;
      parts.push(place.panel(
        "windowpane",
        front,
        [...panes, 0.94 / columns - 0.03, 0.92 / rows - 0.04],
        glass,
      ));
    }
  }
  if (place.chance(0.6)) {
    const cloth = place.pattern("curtain"), broad = width * random.uniform(0.2, 0.36);
    const bottom = top + height * random.uniform(1.05, 1.5), above = top - 3;
    for (const side of [-1, 1]) {
      const outer = x + side * (half + broad * 0.4), inner = outer - side * broad;
      parts.push(place.area("curtain", [
        [outer, above],
        [inner, above],
        [inner + side * broad * random.uniform(0, 0.4), bottom],
        [outer + side * 1, bottom],
      ], cloth));
    }
    const rod = shadePattern(cloth, 0.7), reach = half + broad * 0.4;
    parts.push(place.rectangle("curtain", x - reach, above - 2, x + reach, above + 1, rod));
  }
  return parts;
}

/** A door, as an icon or with panels. */
export function drawDoor(
  place: PlaceBuilder,
  x: number,
  bottom: number,
  height: number,
): PlacePart[] {
  if (place.hasIcons("door") && place.chance(0.4)) {
    return [place.icon("door", height * 1.05, x, bottom + 0.02 * height)];
  }
  const half = height * place.random.uniform(0.22, 0.28);
  const front = [x - half, bottom - height, x + half, bottom] as const;
  const pattern = place.pattern("door"), panel = place.panel.bind(place, "door", front);
  return [
    panel([0, 0, 1, 1], pattern, 0.75),
    panel([0.06, 0.03, 0.88, 0.97], pattern),
    ...place.chance(0.7)
      ? [panel([0.2, 0.1, 0.6, 0.34], pattern, 0.85), panel([0.2, 0.54, 0.6, 0.36], pattern, 0.85)]
      : [],
    panel([0.8, 0.5, 0.1, 0.04], pattern, 0.3),
  ];
}

/** A pattern of any colour. */
function anyPattern(place: PlaceBuilder): Background {
  const pattern = createBackground();
  drawBackground(place.random, pattern);
  return pattern;
}

/** A painting in a frame: a pattern, maybe with an icon, which is a part of the painting. */
export function drawPainting(place: PlaceBuilder, x: number, y: number): PlacePart[] {
  const { random } = place;
  const halfX = random.uniform(7, 15), halfY = random.uniform(6, 11);
  const front = [x - halfX, y - halfY, x + halfX, y + halfY] as const;
  const parts: PlacePart[] = [
    place.panel("painting", front, [0, 0, 1, 1], place.pattern("painting")),
    place.rectangle(
      "painting",
      x - halfX + 2,
      y - halfY + 2,
      x + halfX - 2,
      y + halfY - 2,
      anyPattern(place),
    ),
  ];
  if (place.chance(0.6)) {
    const side = 1.7 * (Math.min(halfX, halfY) - 1);
    const icon = place.chance(0.5)
      ? place.icon("flower", side, x, y + 0.47 * side)
      : place.icon("animal", side, x, y + 0.47 * side, pets);
    parts.push({ ...icon, class: "painting" });
  }
  return parts;
}

/** A round clock with two hands. */
export function drawWallClock(place: PlaceBuilder, x: number, y: number): PlacePart[] {
  const { random } = place, radius = random.uniform(6.5, 9.5);
  const face = place.pattern("clock");
  const ink = shadePattern(face, random.uniform(0.1, 0.3));
  const hand = (length: number, angle: number, half: number): PlacePart => {
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    return place.area("clock", [
      [x - half * sine, y + half * cosine],
      [x + half * sine, y - half * cosine],
      [x + length * cosine + half * sine, y + length * sine - half * cosine],
      [x + length * cosine - half * sine, y + length * sine + half * cosine],
    ], ink);
  };
  return [
    place.ellipse("clock", x, y, radius, radius, ink),
    place.ellipse("clock", x, y, radius - 1.6, radius - 1.6, face),
    hand(radius * 0.5, random.uniform(0, 2 * Math.PI), 0.9),
    hand(radius * 0.72, random.uniform(0, 2 * Math.PI), 0.6),
  ];
}
