/**
 * Numbers with few digits, for files that people and figures read.
 *
 * @module
 */

/** A number rounded to so many digits after the point. */
export function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
