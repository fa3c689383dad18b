/**
 * Colours and patterns of what rooms and farms show without icons.
 *
 * @module
 */

import type { Look } from "../mapped/pattern.ts";
import type { PlaceClass } from "./place_classes.ts";

const woods = [[120, 80, 50], [160, 115, 70], [90, 60, 45], [200, 165, 120]] as const;
const cloths = [
  [150, 60, 65],
  [70, 100, 150],
  [95, 125, 95],
  [190, 170, 145],
  [110, 90, 130],
  [75, 75, 85],
] as const;

/** Looks by class. */
export const placeLooks: Readonly<Partial<Record<PlaceClass, Look>>> = {
  wall: {
    colours: [[225, 215, 195], [195, 205, 215], [215, 190, 175], [180, 195, 175], [235, 230, 225]],
    kinds: ["gradient", "stripes", "noise"],
    contrast: 22,
    period: [0.06, 0.2],
    upright: true,
  },
  sky: {
    colours: [[130, 180, 235], [200, 205, 215], [235, 190, 150]],
    kinds: ["gradient", "noise"],
    contrast: 50,
  },
  floor: {
    colours: [...woods, [175, 170, 165], [210, 205, 200]],
    kinds: ["stripes", "checks", "noise"],
    contrast: 40,
    period: [0.06, 0.16],
  },
  ceiling: {
    colours: [[240, 238, 232], [225, 222, 215], [205, 205, 210]],
    kinds: ["gradient"],
    contrast: 20,
  },
  windowpane: {
    colours: [[175, 215, 240], [205, 225, 235], [70, 85, 125]],
    kinds: ["gradient"],
    contrast: 45,
  },
  grass: {
    colours: [[105, 155, 65], [135, 165, 80], [85, 130, 60]],
    kinds: ["noise"],
    contrast: 50,
  },
  cabinet: {
    colours: [...woods, [225, 220, 210], [110, 130, 140]],
    kinds: ["gradient", "noise"],
    contrast: 25,
  },
  door: { colours: [...woods, [235, 232, 225], [90, 115, 110]], kinds: ["gradient"], contrast: 25 },
  table: { colours: [...woods, [230, 225, 215]], kinds: ["gradient", "noise"], contrast: 30 },
  mountain: {
    colours: [[110, 115, 125], [130, 110, 100], [90, 110, 100], [140, 140, 160]],
    kinds: ["noise", "gradient"],
    contrast: 45,
  },
  curtain: {
    colours: [...cloths, [235, 225, 205]],
    kinds: ["stripes"],
    contrast: 45,
    period: [0.03, 0.08],
    upright: true,
  },
  chair: { colours: [...woods, ...cloths], kinds: ["gradient"], contrast: 30 },
  painting: {
    colours: [...woods, [190, 160, 80], [45, 40, 40]],
    kinds: ["gradient"],
    contrast: 40,
  },
  sofa: { colours: cloths, kinds: ["gradient", "noise", "stripes"], contrast: 30 },
  house: {
    colours: [[165, 60, 50], [200, 185, 150], [225, 220, 210], [125, 100, 80]],
    kinds: ["stripes", "checks"],
    contrast: 50,
    period: [0.02, 0.06],
  },
  rug: {
    colours: [...cloths, [215, 195, 150]],
    kinds: ["stripes", "checks", "noise"],
    contrast: 90,
    period: [0.04, 0.12],
  },
  field: {
    colours: [[190, 165, 80], [150, 120, 80], [170, 180, 80], [120, 95, 65]],
    kinds: ["stripes"],
    contrast: 60,
    period: [0.03, 0.1],
  },
  fence: {
    colours: [[120, 85, 55], [235, 235, 230], [90, 90, 90]],
    kinds: ["gradient"],
    contrast: 30,
  },
  lamp: {
    colours: [[245, 225, 150], [240, 200, 140], [235, 235, 225], [190, 70, 60]],
    kinds: ["gradient"],
    contrast: 35,
  },
  refrigerator: {
    colours: [[235, 238, 240], [190, 195, 200], [205, 70, 60], [150, 200, 195]],
    kinds: ["gradient"],
    contrast: 25,
  },
  clock: { colours: [[245, 245, 240], [235, 225, 200]], kinds: ["gradient"], contrast: 15 },
};
