/**
 * Colours and patterns of what is drawn without icons.
 *
 * @module
 */

import type { RandomStream } from "../../../../random.ts";
import {
  type Background,
  createBackground,
  drawBackground,
  largestLattice,
} from "../views/background.ts";
import type { StreetClass } from "./street_classes.ts";

/** How a kind of area looks. */
interface Look {
  /** Colours about which it varies; one is chosen. */
  readonly colours: readonly (readonly [number, number, number])[];
  readonly kinds: readonly Background["kind"][];
  /** How far its two colours may be apart, 0 to 255. */
  readonly contrast: number;
}

/** How far a colour may be from those of its kind. */
const spread = 28;

const looks: Readonly<Partial<Record<StreetClass | "not judged", Look>>> = {
  sky: {
    colours: [[130, 180, 235], [200, 205, 215], [235, 190, 150], [40, 50, 90]],
    kinds: ["gradient", "noise"],
    contrast: 60,
  },
  terrain: { colours: [[110, 150, 70], [150, 140, 90]], kinds: ["noise"], contrast: 60 },
  road: { colours: [[90, 90, 95], [120, 118, 115], [60, 62, 70]], kinds: ["noise"], contrast: 25 },
  sidewalk: {
    colours: [[175, 170, 165], [190, 165, 150], [140, 140, 150]],
    kinds: ["checks", "noise"],
    contrast: 35,
  },
  building: {
    colours: [[165, 95, 80], [200, 185, 150], [130, 140, 155], [225, 220, 210]],
    kinds: ["checks", "stripes"],
    contrast: 110,
  },
  wall: {
    colours: [[150, 110, 95], [160, 160, 160], [205, 195, 180]],
    kinds: ["checks", "noise"],
    contrast: 50,
  },
  fence: {
    colours: [[120, 85, 55], [210, 210, 205], [70, 80, 75]],
    kinds: ["stripes"],
    contrast: 120,
  },
  pole: {
    colours: [[95, 95, 100], [55, 60, 60], [170, 170, 175]],
    kinds: ["gradient"],
    contrast: 30,
  },
  "traffic sign": {
    colours: [[200, 40, 45], [35, 80, 180], [235, 190, 40], [235, 235, 235]],
    kinds: ["gradient", "stripes"],
    contrast: 90,
  },
  "not judged": {
    colours: [[35, 38, 48], [150, 30, 35], [200, 200, 205]],
    kinds: ["gradient"],
    contrast: 40,
  },
};

/** Draws the pattern of an area. */
export function drawPattern(random: RandomStream, name: keyof typeof looks): Background {
  const { colours, kinds, contrast } = looks[name]!;
  const pattern = createBackground();
  drawBackground(random, pattern);
  // Only a background of noise comes with a lattice.
  const kind = random.choose(kinds);
  if (kind === "noise" && pattern.kind !== "noise") {
    pattern.cells = largestLattice;
    for (let index = 0; index < pattern.lattice.length; index++) {
      pattern.lattice[index] = random.uniform();
    }
  }
  pattern.kind = kind;
  if (name === "fence" || name === "building") pattern.period = random.uniform(0.02, 0.06);
  if (name === "wall" || name === "sidewalk") pattern.period = random.uniform(0.03, 0.1);
  if (name === "fence") [pattern.cosine, pattern.sine] = [1, 0];
  const base = random.choose(colours);
  for (let channel = 0; channel < 3; channel++) {
    const first = base[channel]! + random.uniform(-spread, spread);
    pattern.colours[channel] = first;
    pattern.colours[channel + 3] = first + random.uniform(-contrast, contrast);
  }
  return pattern;
}
