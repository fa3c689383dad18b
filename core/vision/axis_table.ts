/**
 * The table of weights along an axis that RoIAlign's kernels share; kernels/axis.as says what is in it.
 *
 * @module
 */

/** Bytes of a table for so many bins and cells of the map. */
export function axisTableBytes(bins: number, extent: number): number {
  return 4 * (2 + 2 * bins + 2 * extent + bins * extent);
}
