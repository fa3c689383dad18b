/**
 * CutMix (arXiv 1905.04899): which pixels of a mixed image are of the second one.
 *
 * @module
 */

import { RandomStream } from "../random.ts";

/**
 * Draws the rectangle of a step: its area is 1 − λ of the image, λ from Beta(2, 2), its centre
 * anywhere, and what is beyond the border is cut off (`cutmix` of BINGO's `utils.py`).
 *
 * @param mask [side, side]; 1 inside the rectangle, 0 elsewhere.
 */
export function drawMixMask(
  mask: Uint8Array,
  side: number,
  { seed, step }: { readonly seed: number; readonly step: number },
): void {
  const random = new RandomStream(seed, "mix", step);
  // A gamma variate of shape 2 is the sum of two exponential ones.
  const gamma = () => -Math.log(1 - random.uniform()) - Math.log(1 - random.uniform());
  const own = gamma(), other = gamma();
  const cut = Math.floor(side * Math.sqrt(other / (own + other)));
  const range = () => {
    const center = random.integer(side), half = cut >> 1;
    return [Math.max(0, center - half), Math.min(side, center + half)] as const;
  };
  const [top, bottom] = range(), [left, right] = range();
  mask.fill(0);
  for (let row = top; row < bottom; row++) {
    mask.fill(1, row * side + left, row * side + right);
  }
}
