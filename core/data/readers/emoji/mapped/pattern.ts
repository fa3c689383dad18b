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

/** How a kind of area looks. */
export interface Look {
  /** Colours about which it varies; one is chosen. */
  readonly colours: readonly (readonly [number, number, number])[];
  readonly kinds: readonly Background["kind"][];
  /** How far its two colours may be apart, 0 to 255. */
  readonly contrast: number;
  /** Least and greatest length of a stripe pair or check pair, in widths. @default {any} */
  readonly period?: readonly [number, number];
  /** Stripes run from top to bottom. */
  readonly upright?: true;
}

/** How far a colour may be from those of its kind. */
const spread = 28;

/** Draws a pattern of a kind of area. */
export function drawPattern(random: RandomStream, look: Look): Background {
  const { colours, kinds, contrast, period, upright } = look;
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
  if (period !== undefined) pattern.period = random.uniform(...period);
  if (upright === true) [pattern.cosine, pattern.sine] = [1, 0];
  const base = random.choose(colours);
  for (let channel = 0; channel < 3; channel++) {
    const first = base[channel]! + random.uniform(-spread, spread);
    pattern.colours[channel] = first;
    pattern.colours[channel + 3] = first + random.uniform(-contrast, contrast);
  }
  return pattern;
}

/** The same pattern in lighter or darker colours. */
export function shadePattern(pattern: Background, factor: number): Background {
  return { ...pattern, colours: pattern.colours.map((value) => value * factor) };
}
