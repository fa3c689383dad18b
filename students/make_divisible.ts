/**
 * Channel counts of narrowed and widened networks.
 *
 * @module
 */

/** Rounds channels to a multiple of 8, never by more than 10 % down (torchvision's rule). */
export function makeDivisible(channels: number, divisor = 8): number {
  const rounded = Math.max(divisor, Math.floor((channels + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * channels ? rounded + divisor : rounded;
}
