/**
 * Quantiles.
 *
 * @module
 */

/** Quantile of sorted numbers, linear between neighbours; see {@linkcode quantile}. */
export function sortedQuantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/**
 * Quantile of numbers, linear between neighbours (type 7 of Hyndman and Fan 1996, the default of
 * NumPy and R).
 *
 * @param probability 0 to 1.
 * @throws {RangeError} where there are no values, one is NaN, or the probability is out of range.
 */
export function quantile(values: ArrayLike<number>, probability: number): number {
  if (values.length === 0) throw new RangeError("Cannot compute a quantile: there are no values");
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(
      `Cannot compute a quantile: expected a probability from 0 to 1, got ${probability}`,
    );
  }
  const sorted = Float64Array.from(values).sort();
  if (sorted.some(Number.isNaN)) throw new RangeError("Cannot compute a quantile: a value is NaN");
  return sortedQuantile(sorted, probability);
}

/**
 * Median of numbers; between the two middle ones where their count is even.
 *
 * @throws {RangeError} where there are no values or one is NaN.
 */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
