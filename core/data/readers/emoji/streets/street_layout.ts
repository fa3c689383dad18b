/**
 * Where a street runs, and where things on it are.
 *
 * @module
 */

import type { RandomStream } from "../../../../random.ts";

/** Changes when the same scene is drawn in another way; part of every content key. */
export const streetVersion = 1;

/** Width of a scene in pixels; Cityscapes' proportions. */
export const streetWidth = 192;
/** Height of a scene in pixels. */
export const streetHeight = 96;

/** Where the street runs. */
export interface StreetGround {
  readonly horizon: number;
  /** Where all lines meet. */
  readonly vanishingX: number;
  /** Half of the road's width at the bottom, and the width of a sidewalk there. */
  readonly roadHalf: number;
  readonly sidewalk: number;
  /** Middle of the road at the bottom. */
  readonly middle: number;
}

/** Draws where the street runs. */
export function drawGround(random: RandomStream): StreetGround {
  return {
    horizon: random.uniform(0.32, 0.46) * streetHeight,
    vanishingX: random.uniform(0.35, 0.65) * streetWidth,
    roadHalf: random.uniform(0.26, 0.4) * streetWidth,
    sidewalk: random.uniform(0.1, 0.2) * streetWidth,
    middle: random.uniform(0.4, 0.6) * streetWidth,
  };
}

/** How near a line of the ground is: 0 at the horizon, 1 at the bottom. */
export function nearness({ horizon }: StreetGround, y: number): number {
  return (y - horizon) / (streetHeight - horizon);
}

/** A place on the ground: `across` is −1 and 1 at the edges of the road. */
export function groundX(ground: StreetGround, y: number, across: number): number {
  const near = nearness(ground, y);
  const { vanishingX, middle, roadHalf } = ground;
  return vanishingX + near * (middle + across * roadHalf - vanishingX);
}

/** Where the outer edge of a sidewalk lies, as `across` of {@linkcode groundX}. */
export function sidewalkEdge({ roadHalf, sidewalk }: StreetGround): number {
  return 1 + sidewalk / roadHalf;
}
