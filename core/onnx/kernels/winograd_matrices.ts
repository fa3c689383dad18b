/**
 * The matrices of Winograd's minimal filtering, from the points at which its polynomials are
 * evaluated (A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015; the
 * construction of Toom and Cook).
 *
 * @module
 */

import { GraphError } from "../../errors.ts";

/** A matrix by rows. */
export type Matrix = readonly (readonly number[])[];

/** m outputs of a filter of r taps from n = m + r − 1 products. */
export interface WinogradMatrices {
  /** Of the outputs, Aᵀ [m, n]. */
  readonly output: Matrix;
  /** Of the filter, G [n, r]. */
  readonly filter: Matrix;
  /** Of the input, Bᵀ [n, n]. */
  readonly input: Matrix;
}

/** Coefficients of Π (x − root), the constant first. */
function polynomial(roots: readonly number[]): number[] {
  return roots.reduce(
    (product, root) =>
      [0, ...product].map((coefficient, power) => coefficient - root * (product[power] ?? 0)),
    [1],
  );
}

/**
 * Matrices with y = Aᵀ·[(G·g) ⊙ (Bᵀ·d)], where y[i] = Σ_k g[k]·d[i + k].
 *
 * @param points n − 1 different numbers; the last point is infinity.
 * @param taps Length r of the filter.
 */
export function winogradMatrices(points: readonly number[], taps: number): WinogradMatrices {
  const products = points.length + 1;
  const outputs = products - taps + 1;
  const powers = (count: number) => [...Array(count).keys()];
  const others = points.map((point) => points.filter((other) => other !== point));
  const scales = points.map((point, index) =>
    others[index]!.reduce((product, other) => product * (point - other), 1)
  );
  return {
    output: powers(outputs).map((power) => [
      ...points.map((point) => point ** power),
      power === outputs - 1 ? 1 : 0,
    ]),
    filter: [
      ...points.map((point, index) => powers(taps).map((power) => point ** power / scales[index]!)),
      powers(taps).map((power) => power === taps - 1 ? 1 : 0),
    ],
    input: [...others.map((roots) => [...polynomial(roots), 0]), polynomial(points)],
  };
}

/** The Kronecker product of a matrix with itself, [rows², columns²], row by row. */
export function squareKronecker(matrix: Matrix): Float32Array {
  return Float32Array.from(
    matrix.flatMap((upper) =>
      matrix.flatMap((lower) => upper.flatMap((outer) => lower.map((inner) => outer * inner)))
    ),
  );
}

/** The transpose. */
export function transposeMatrix(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

/**
 * The same filtering with the filter turned round, without transforming the turned filter: where
 * the points come in pairs p, 1/p (and 0, ∞), that transform is G·g in another order and scale, since
 * Σ_k g[r − 1 − k]·pᵏ = p^(r − 1)·Σ_k g[k]·p⁻ᵏ. Order and scale go to the input's and the output's
 * matrices.
 *
 * @returns `output` and `input` for products with the filter that is not turned.
 */
export function turnFilter({ output, filter, input }: WinogradMatrices): WinogradMatrices {
  const turned = filter.map((row) => row.toReversed());
  /** For each position, the one whose row of G is parallel, and the factor. */
  const partners = turned.map((row) => {
    for (const [partner, other] of filter.entries()) {
      const at = other.findIndex((value) => value !== 0);
      const factor = row[at]! / other[at]!;
      const parallel = row.every((value, index) =>
        Math.abs(value - factor * other[index]!) < 1e-12
      );
      if (parallel && factor !== 0) return { partner, factor };
    }
    throw new GraphError("The points of Winograd's filtering do not come in pairs p, 1/p");
  });
  return {
    output: output.map((row) => partners.map(({ partner }) => row[partner]!)),
    filter,
    input: partners.map(({ partner }) =>
      input[partner]!.map((value) => value * partners[partner]!.factor)
    ),
  };
}
