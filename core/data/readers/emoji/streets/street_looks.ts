/**
 * Colours and patterns of the parts of a street that are drawn without icons.
 *
 * @module
 */

import type { Look } from "../mapped/pattern.ts";
import type { PartClass } from "../mapped/scene_parts.ts";
import type { StreetClass } from "./street_classes.ts";

/** Looks by class. */
export const streetLooks: Readonly<Partial<Record<PartClass<StreetClass>, Look>>> = {
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
    period: [0.03, 0.1],
  },
  building: {
    colours: [[165, 95, 80], [200, 185, 150], [130, 140, 155], [225, 220, 210]],
    kinds: ["checks", "stripes"],
    contrast: 110,
    period: [0.02, 0.06],
  },
  wall: {
    colours: [[150, 110, 95], [160, 160, 160], [205, 195, 180]],
    kinds: ["checks", "noise"],
    contrast: 50,
    period: [0.03, 0.1],
  },
  fence: {
    colours: [[120, 85, 55], [210, 210, 205], [70, 80, 75]],
    kinds: ["stripes"],
    contrast: 120,
    period: [0.02, 0.06],
    upright: true,
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
