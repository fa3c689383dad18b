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
const aliases: ReadonlySet<OpName> = new Set(["Reshape", "Identity"]);
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

/**
 * Largest sum of the tensors that live at once while the nodes run in their order: inputs and
 * constants all the time, outputs from their node on, others up to their last reader. The runtime's
 * own buffers come on top, and another order of nodes may need less.
 */
export function peakTensorBytes(graph: Graph): number {
  const root = new Map<Value, Value>();
  const rootOf = (value: Value): Value => root.get(value) ?? value;
  for (const { op, inputs, outputs } of graph.nodes) {
    if (aliases.has(op)) root.set(outputs[0]!, rootOf(inputs[0]!));
  }
  const lastUse = new Map<Value, number>();
  graph.nodes.forEach(({ inputs }, index) =>
    inputs.forEach((input) => lastUse.set(rootOf(input), index))
  );
  const kept = new Set<Value>([
    ...graph.inputs,
    ...[...graph.constants.values()].map(({ value }) => value),
    ...graph.outputs.map(({ value }) => rootOf(value)),
  ]);
  let live = 0;
  for (const value of [...graph.inputs, ...[...graph.constants.values()].map((c) => c.value)]) {
    live += tensorBytes(value);
  }
  let peak = live;
  graph.nodes.forEach(({ op, inputs, outputs }, index) => {
    if (aliases.has(op)) return;
    const dying = new Set(
      inputs.map(rootOf).filter((value) => lastUse.get(value) === index && !kept.has(value)),
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
    peak = Math.max(peak, live);
    for (const value of dying) live -= tensorBytes(value);
    for (const output of outputs) {
      // Computed and read by nobody, as the indices of a pooling.
      if (!lastUse.has(output) && !kept.has(output)) live -= tensorBytes(output);
    }
  });
  return peak;
}
