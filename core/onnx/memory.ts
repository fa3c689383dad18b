/**
 * How much memory a run of a graph takes, known before it runs.
 *
 * @module
 */

import { type Graph, sizeOf, type Value } from "./graph.ts";
import type { DataType, OpName } from "./op.ts";

const bytesOf: Record<DataType, number> = { float32: 4, int64: 8, int32: 4, uint8: 1, bool: 1 };

/** Bytes of a tensor. */
export function tensorBytes({ dtype, shape }: Pick<Value, "dtype" | "shape">): number {
  return sizeOf(shape) * bytesOf[dtype];
}

/** Operators whose output is their first input under another name. */
export const viewOperators: ReadonlySet<OpName> = new Set<OpName>(["Reshape", "Identity"]);

/**
 * Finds the value whose memory a value is: itself, or what it is a view of.
 */
export function memoryOwners(graph: Graph): (value: Value) => Value {
  const owners = new Map<Value, Value>();
  const ownerOf = (value: Value): Value => owners.get(value) ?? value;
  for (const { op, inputs, outputs } of graph.nodes) {
    if (viewOperators.has(op)) owners.set(outputs[0]!, ownerOf(inputs[0]!));
  }
  return ownerOf;
}
/** Operators that the runtime lets write onto an input that is read for the last time. */
const inPlace: ReadonlySet<OpName> = new Set<OpName>([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Neg",
  "Sqrt",
  "Exp",
  "Log",
  "Reciprocal",
  "Abs",
  "Sigmoid",
  "Tanh",
  "Relu",
  "Clip",
  "HardSigmoid",
  "LeakyRelu",
  "Softmax",
]);

/** Where a run of a graph takes most memory. */
export interface MemoryPeak {
  readonly bytes: number;
  /** Position of the node that runs then; −1 where inputs and constants alone are the most. */
  readonly node: number;
}

/**
 * Largest sum of the tensors that live at once while the nodes run in their order: inputs and
 * constants all the time, outputs from their node on, others up to their last reader. The runtime's
 * own buffers come on top, and another order of nodes may need less.
 */
export function memoryPeak(graph: Graph): MemoryPeak {
  const ownerOf = memoryOwners(graph);
  const lastUse = new Map<Value, number>();
  graph.nodes.forEach(({ inputs }, index) =>
    inputs.forEach((input) => lastUse.set(ownerOf(input), index))
  );
  const kept = new Set<Value>([
    ...graph.inputs,
    ...[...graph.constants.values()].map(({ value }) => value),
    ...graph.outputs.map(({ value }) => ownerOf(value)),
  ]);
  let live = 0;
  for (const value of [...graph.inputs, ...[...graph.constants.values()].map((c) => c.value)]) {
    live += tensorBytes(value);
  }
  let peak: MemoryPeak = { bytes: live, node: -1 };
  graph.nodes.forEach(({ op, inputs, outputs }, index) => {
    if (viewOperators.has(op)) return;
    const dying = new Set(
      inputs.map(ownerOf).filter((value) => lastUse.get(value) === index && !kept.has(value)),
    );
    const output = outputs[0]!;
    const reused = inPlace.has(op)
      ? [...dying].find((value) => tensorBytes(value) === tensorBytes(output))
      : undefined;
    if (reused) {
      dying.delete(reused);
    } else {
      for (const output of outputs) live += tensorBytes(output);
    }
    if (live > peak.bytes) peak = { bytes: live, node: index };
    for (const value of dying) live -= tensorBytes(value);
    for (const output of outputs) {
      // Computed and read by nobody, as the indices of a pooling.
      if (!lastUse.has(output) && !kept.has(output)) live -= tensorBytes(output);
    }
  });
  return peak;
}

/** Most bytes that a run of a graph takes at once: those of {@linkcode memoryPeak}. */
export function peakTensorBytes(graph: Graph): number {
  return memoryPeak(graph).bytes;
}
