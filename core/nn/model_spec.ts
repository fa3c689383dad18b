/**
 * What a model declares: its parameters, buffers, masks and momentum copies, by name.
 *
 * @module
 */

import { reshape } from "../onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../onnx/graph.ts";
import type { RandomStream } from "../random.ts";

/** Fills a new parameter. */
export type Initializer = (random: RandomStream, output: Float32Array) => void;

/** A parameter (trained) or a buffer (kept, not trained) of a model. */
export interface ParameterSpec {
  /** Its name in torchvision, e.g. `layer1.0.conv1.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** Whether it gets a gradient; buffers never do. @default {true} */
  readonly trainable?: boolean;
}

/** A tensor of a momentum network: it begins as a parameter or a buffer of the student. */
export interface MomentumSpec {
  /** `momentum/<name of the student's tensor>`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The student's tensor. */
  readonly source: string;
}

/**
 * A host-made random mask that a layer multiplies with: one number per element in dropout, one per
 * image in stochastic depth.
 */
export interface DropoutSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Probability of a zero; the others are 1 / (1 − probability). */
  readonly probability: number;
}

/** All that a model declares, in the order of declaration. */
export interface ModelSpec {
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly ParameterSpec[];
  readonly dropouts: readonly DropoutSpec[];
  /** Tensors of momentum networks. @default {[]} */
  readonly momentum?: readonly MomentumSpec[];
}

/** Number of floats of all specs together. */
export function totalSize(specs: readonly ParameterSpec[]): number {
  return specs.reduce((total, { shape }) => total + sizeOf(shape), 0);
}

/** The parts of one flat vector, by name, in the shapes of the specs: one Split for all. */
export function unflatten(
  graph: Graph,
  flat: Value,
  specs: readonly ParameterSpec[],
): Map<string, Value> {
  if (specs.length === 0) return new Map();
  const split = specs.map(({ shape }) => sizeOf(shape));
  const parts = specs.length === 1
    ? [flat]
    : graph.nodeOutputs("Split", [flat], { axis: 0, split });
  return new Map(specs.map(({ name, shape }, index) => [
    name,
    reshape(graph, parts[index]!, shape),
  ]));
}
