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

/** Ranges of BatchNorm's weight and bias. */
export interface NormalizationRanges {
  readonly weight: readonly [number, number];
  readonly bias: readonly [number, number];
}

const usualRanges: NormalizationRanges = { weight: [0.5, 1.5], bias: [-0.2, 0.2] };

const rangesByStudent: Readonly<Record<string, NormalizationRanges>> = {
  resnet50: { weight: [0.1, 0.2], bias: [1, 1.5] },
  mobilenet_v3_large: { weight: [0.25, 0.75], bias: [-0.2, 0.2] },
};

/** The ranges of a student; `make_pytorch_parity.py` says why two have their own. */
export function rangesOf(student: string): NormalizationRanges {
  return rangesByStudent[student] ?? usualRanges;
}

const imagesByStudent: Readonly<Record<string, number>> = {
  resnet18: 13224,
  mobilenet_v2: 13792,
};

/** Name of the formula of a student's images; `make_pytorch_parity.py` says why two have their own. */
export function imagesOf(student: string): string {
  return `images ${imagesByStudent[student] ?? 7}`;
}

/** A parameter or buffer by the kind that its name and shape tell. */
export function tensorByFormula(
  name: string,
  shape: readonly number[],
  ranges: NormalizationRanges,
): Float32Array {
  const uniform = (low: number, high: number) => uniformByFormula(name, shape, low, high);
  if (name.endsWith(".running_mean")) return uniform(-0.2, 0.2);
  if (name.endsWith(".running_var")) return uniform(0.5, 1.5);
  if (name.endsWith(".weight") && shape.length === 1) {
    return uniform(...ranges.weight);
  }
  if (name.endsWith(".bias")) return uniform(...ranges.bias);
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
