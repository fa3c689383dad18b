/**
 * How the correction for many comparisons is shared between single numbers and means.
 *
 * @module
 */

import type { Level } from "./comparison.ts";

/** Shares of the levels; see docs/nightly.md. */
const levelWeights: Readonly<Record<Level, number>> = {
  cell: 0.25,
  row: 0.125,
  column: 0.125,
  table: 0.5,
};

/** The weights of comparisons by their levels; their sum is 1, whatever levels there are. */
export function weightsOfLevels(levels: readonly Level[]): number[] {
  const counts = new Map<Level, number>();
  for (const level of levels) counts.set(level, (counts.get(level) ?? 0) + 1);
  const present = [...counts.keys()].reduce((sum, level) => sum + levelWeights[level], 0);
  return levels.map((level) => levelWeights[level] / present / counts.get(level)!);
}
