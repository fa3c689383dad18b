/**
 * Holm's correction for many comparisons, with weights.
 *
 * @module
 */

/**
 * Adjusted p-values: rejecting those at most α keeps the probability of one or more false rejections
 * at most α, whatever the comparisons have to do with each other (Holm 1979, section 4, with weights).
 *
 * @param weights Shares of α, positive; only their ratios count. @default {all the same}
 */
export function adjustByHolm(
  pValues: readonly number[],
  weights: readonly number[] = pValues.map(() => 1),
): number[] {
  const order = pValues.map((_, index) => index)
    .sort((a, b) => pValues[a]! / weights[a]! - pValues[b]! / weights[b]!);
  let left = weights.reduce((sum, weight) => sum + weight, 0);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  for (const index of order) {
    largest = Math.max(largest, pValues[index]! / weights[index]! * left);
    adjusted[index] = Math.min(1, largest);
    left -= weights[index]!;
  }
  return adjusted;
}
