/**
 * Scales of the charts: round numbers on the axes, and where they lie.
 *
 * @module
 */

/** Numbers from `low` to `high` with room around them, never empty. */
export function padRange(low: number, high: number): readonly [low: number, high: number] {
  const room = high > low ? 0.06 * (high - low) : Math.max(Math.abs(high) * 0.02, 1e-9);
  return [low - room, high + room];
}

/**
 * Round numbers inside a range, about `count` of them and at least two, with the decimals that they
 * need.
 */
export function roundTicks(
  [low, high]: readonly [low: number, high: number],
  count: number,
): { readonly values: number[]; readonly decimals: number } {
  const magnitude = 10 ** Math.floor(Math.log10((high - low) / count));
  const ticks = (step: number) => {
    const first = Math.ceil(low / step), last = Math.floor(high / step);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => (first + at) * step);
  };
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude)
    .find((step) => ticks(step).length <= count + 2)!;
  return {
    values: ticks(step),
    decimals: Math.min(10, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))),
  };
}

/** Indices from 0 to `nights − 1` at equal distances, both ends among them, at most `count`. */
export function spreadIndices(nights: number, count: number): number[] {
  if (nights <= 1) return nights === 1 ? [0] : [];
  const steps = Math.min(count, nights) - 1;
  return Array.from({ length: steps + 1 }, (_, at) => Math.round(at * (nights - 1) / steps));
}
