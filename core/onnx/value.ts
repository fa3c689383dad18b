/**
 * What a graph is made of: tensors, and the nodes between them.
 *
 * @module
 */

import type { DataType, OpAttributes, OpName } from "./op.ts";

/** Elements of a constant, by data type. */
export type TensorData = Float32Array | BigInt64Array | Int32Array | Uint8Array;

/** What is known of a tensor before it is computed. */
export interface TensorType {
  readonly dtype: DataType;
  readonly shape: readonly number[];
}

/** A tensor in a graph: an input, a constant or an output of a node. */
export interface Value extends TensorType {
  /** Unique in its graph. */
  readonly name: string;
  /** Position of creation, unique in its graph. */
  readonly id: number;
}

/** One operator applied to values. */
export interface Node<K extends OpName = OpName> {
  readonly op: K;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: OpAttributes[K];
}

/** A constant tensor of a graph. */
export interface Constant {
  readonly value: Value;
  readonly data: TensorData;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
