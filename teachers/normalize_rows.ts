/**
 * Rows of unit length, as embeddings of teachers are.
 *
 * @module
 */

/**
 * Scales the rows of a matrix to unit length, in place; a row of zeros stays one.
 *
 * @param matrix [n, width]
 */
export function normalizeRows(matrix: Float32Array, width: number): void {
  for (let start = 0; start < matrix.length; start += width) {
    let squares = 0;
    for (let column = 0; column < width; column++) squares += matrix[start + column]! ** 2;
    const length = Math.max(Math.sqrt(squares), 1e-12);
    for (let column = 0; column < width; column++) matrix[start + column]! /= length;
  }
}
