/**
 * Weights, images and banks made by formula, the same in `make_pytorch_parity.py`: nothing large
 * has to be stored.
 *
 * @module
 */

import { sizeOf } from "../../core/onnx/graph.ts";

/** Calls `use` with the 32-bit hash of (name, index) for each index. */
export function forEachHash(
  name: string,
  count: number,
  use: (hash: number, index: number) => void,
): void {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  for (let index = 0; index < count; index++) {
    let x = Math.imul(index, 0x9e3779b1) + seed;
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
    use((x ^ (x >>> 16)) >>> 0, index);
  }
}

/** Numbers in [low, high), made in float64 and rounded once. */
export function uniformByFormula(
  name: string,
  shape: readonly number[],
  low: number,
  high: number,
): Float32Array {
  const output = new Float32Array(sizeOf(shape));
  forEachHash(name, output.length, (hash, index) => {
    output[index] = low + (high - low) * (hash / 2 ** 32);
  });
  return output;
}

/** A parameter or buffer by the kind that its name and shape tell. */
export function tensorByFormula(name: string, shape: readonly number[]): Float32Array {
  if (name.endsWith(".running_mean")) return uniformByFormula(name, shape, -0.2, 0.2);
  if (name.endsWith(".running_var") || (name.endsWith(".weight") && shape.length === 1)) {
    return uniformByFormula(name, shape, 0.5, 1.5);
  }
  if (name.endsWith(".bias")) return uniformByFormula(name, shape, -0.2, 0.2);
  const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
  return uniformByFormula(name, shape, -bound, bound);
}

/** What the fixture keeps of a tensor. */
export interface TensorSummary {
  readonly norm: number;
  /** Products with four vectors of ±1: the root mean square of the errors estimates ‖error‖. */
  readonly projections: readonly number[];
  /** Four elements at places given by the name. */
  readonly elements: readonly number[];
}

/** The summary of a tensor, as `summary` of the Python script. */
export function summarize(name: string, values: Float32Array): TensorSummary {
  let squares = 0;
  const projections = [0, 0, 0, 0];
  forEachHash(`projection ${name}`, values.length, (hash, index) => {
    const value = values[index]!;
    squares += value * value;
    for (let j = 0; j < 4; j++) projections[j]! += (hash >>> (8 + j)) & 1 ? -value : value;
  });
  const elements: number[] = [];
  forEachHash(`places ${name}`, 4, (hash) => elements.push(values[hash % values.length]!));
  return { norm: Math.sqrt(squares), projections, elements };
}
