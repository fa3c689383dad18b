/**
 * First entries of banks and queues.
 *
 * @module
 */

import { RandomStream } from "../random.ts";

/** Rows of Gaussian noise of unit length, [rows, columns], from a stream of their own. */
export function unitNoise(rows: number, columns: number, seed: number): Float32Array {
  // The name is that of the first bank that was made so; another would give other numbers.
  const random = new RandomStream(seed, "visual semantics bank");
  const noise = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let column = 0; column < columns; column++) {
      const value = random.normal();
      noise[row * columns + column] = value;
      squares += value * value;
    }
    const length = Math.sqrt(squares);
    for (let column = 0; column < columns; column++) noise[row * columns + column]! /= length;
  }
  return noise;
}
