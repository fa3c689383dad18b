/**
 * Clipping of gradients by their global norm, as `torch.nn.utils.clip_grad_norm_`.
 *
 * @module
 */

/** Σ g² in double precision. */
export function sumOfSquares(gradient: Float32Array): number {
  let total = 0;
  for (let index = 0; index < gradient.length; index++) {
    total += gradient[index]! * gradient[index]!;
  }
  return total;
}

/**
 * Factor on all gradients: `clipNorm / (norm + 1e-6)` where that is less than 1, else 1.
 *
 * @param norm L2 norm of all gradients together.
 * @param clipNorm Largest norm.
 */
export function clipFactor(norm: number, clipNorm: number): number {
  return Math.min(1, clipNorm / (norm + 1e-6));
}
