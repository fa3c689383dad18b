/**
 * Backgrounds of composed views: noise, gradient, stripes, checks.
 *
 * All are functions of the place in the view, from (0, 0) to (1, 1), so the same background can be
 * drawn at every size; edges are softened over one pixel.
 *
 * @module
 */

import type { RandomStream } from "../../../../random.ts";

/** Kinds of background, equally likely. */
export const backgroundKinds = ["noise", "gradient", "stripes", "checks"] as const;

/** Most cells along a side of the noise lattice. */
export const largestLattice = 10;

/** Parameters of one background; reused from view to view. */
export interface Background {
  kind: typeof backgroundKinds[number];
  /** Two colours, red green blue each, 0 to 255. */
  readonly colours: Float64Array;
  /** Cosine and sine of the direction in which the pattern changes. */
  cosine: number;
  sine: number;
  /** Length of a stripe pair or of a check pair, in view sides. */
  period: number;
  /** Where the pattern begins, in periods. */
  phase: number;
  phase2: number;
  /** Cells along a side of the noise lattice. */
  cells: number;
  /** Noise at the lattice points, 0 to 1: `[cells + 1, cells + 1, 3]`. */
  readonly lattice: Float64Array;
}

/** Room for the parameters of a background. */
export function createBackground(): Background {
  return {
    kind: "noise",
    colours: new Float64Array(6),
    cosine: 1,
    sine: 0,
    period: 1,
    phase: 0,
    phase2: 0,
    cells: 1,
    lattice: new Float64Array((largestLattice + 1) ** 2 * 3),
  };
}

/** Least and greatest contrast of a background: weak patterns are as common as strong ones. */
export const anyContrast: readonly [number, number] = [0.2, 1];

/**
 * Draws the parameters of a background from a stream.
 *
 * @param contrasts How far the second colour is from the first, as a share of the way to another
 *   random colour.
 */
export function drawBackground(
  random: RandomStream,
  background: Background,
  contrasts: readonly [number, number] = anyContrast,
): void {
  background.kind = random.choose(backgroundKinds);
  const { colours } = background;
  for (let index = 0; index < 6; index++) colours[index] = 255 * random.uniform();
  const contrast = random.uniform(...contrasts);
  for (let index = 0; index < 3; index++) {
    colours[index + 3] = colours[index]! + contrast * (colours[index + 3]! - colours[index]!);
  }
  const angle = random.uniform(0, 2 * Math.PI);
  background.cosine = Math.cos(angle);
  background.sine = Math.sin(angle);
  background.period = random.uniform(0.12, 0.5);
  background.phase = random.uniform();
  background.phase2 = random.uniform();
  if (background.kind === "noise") {
    const cells = 2 + random.integer(largestLattice - 1);
    background.cells = cells;
    for (let index = 0; index < (cells + 1) ** 2 * 3; index++) {
      background.lattice[index] = random.uint32() / 2 ** 32;
    }
  }
}

/** Share of the first colour at `position` of a pattern of period 1, softened over `width`. */
function stripe(position: number, width: number): number {
  const inside = 0.25 - Math.abs(position - Math.floor(position) - 0.5);
  const share = 0.5 + inside / width;
  return share < 0 ? 0 : share > 1 ? 1 : share;
}

const latticeRow = new Float64Array((largestLattice + 1) * 3);

/** Smoothstep 3t² − 2t³: the lattice does not show as creases. */
function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

function fillNoiseRow(background: Background, y: number, size: number, row: Float64Array): void {
  const { cells, lattice, colours } = background;
  const rowLength = (cells + 1) * 3;
  const place = y * cells;
  const cellY = Math.min(cells - 1, Math.floor(place));
  const t = smooth(place - cellY);
  for (let index = 0; index < rowLength; index++) {
    const above = lattice[cellY * rowLength + index]!;
    latticeRow[index] = above + t * (lattice[(cellY + 1) * rowLength + index]! - above);
  }
  const step = cells / size;
  for (let x = 0; x < size; x++) {
    const placeX = (x + 0.5) * step;
    const cellX = Math.min(cells - 1, Math.floor(placeX));
    const s = smooth(placeX - cellX);
    for (let channel = 0; channel < 3; channel++) {
      const left = latticeRow[cellX * 3 + channel]!;
      const share = left + s * (latticeRow[cellX * 3 + 3 + channel]! - left);
      const first = colours[channel]!;
      row[x * 3 + channel] = first + share * (colours[channel + 3]! - first);
    }
  }
}

/**
 * Writes one row of the background: red green blue, 0 to 255, `[size, 3]`.
 *
 * @param rowIndex Row of the view, from the top.
 */
export function fillBackgroundRow(
  background: Background,
  rowIndex: number,
  size: number,
  row: Float64Array,
): void {
  const y = (rowIndex + 0.5) / size;
  if (background.kind === "noise") {
    fillNoiseRow(background, y, size, row);
    return;
  }
  const { colours, cosine, sine, period, phase, phase2 } = background;
  const width = 1 / (size * period);
  const extent = Math.abs(cosine) + Math.abs(sine);
  for (let x = 0; x < size; x++) {
    const placeX = (x + 0.5) / size;
    let share: number;
    if (background.kind === "gradient") {
      // 0 and 1 in the two corners that lie farthest along the direction.
      share = 0.5 + ((placeX - 0.5) * cosine + (y - 0.5) * sine) / extent;
    } else {
      share = stripe((placeX * cosine + y * sine) / period + phase, width);
      if (background.kind === "checks") {
        const across = stripe((y * cosine - placeX * sine) / period + phase2, width);
        // Product of two ±1 waves, back in 0 … 1.
        share = 0.5 + 0.5 * (2 * share - 1) * (2 * across - 1);
      }
    }
    for (let channel = 0; channel < 3; channel++) {
      const first = colours[channel]!;
      row[x * 3 + channel] = first + share * (colours[channel + 3]! - first);
    }
  }
}
