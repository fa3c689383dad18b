/**
 * Which nodes cost about as much as carrying their output along: what may be computed again.
 *
 * @module
 */

import { type Node, sizeOf, type Value } from "../graph.ts";
import { tensorBytes, viewOperators } from "../memory.ts";
import type { OpName } from "../op.ts";

/** Operators that cost a pass over memory. */
const onePass: ReadonlySet<OpName> = new Set<OpName>([
  ...viewOperators,
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Sum",
  "Max",
  "Min",
  "Neg",
  "Sqrt",
  "Reciprocal",
  "Abs",
  "Sign",
  "Relu",
  "LeakyRelu",
  "Clip",
  "HardSigmoid",
  "Cast",
  "Equal",
  "Greater",
  "GreaterOrEqual",
  "Less",
  "And",
  "Where",
  "Transpose",
  "Slice",
  "Split",
  "Concat",
  "Pad",
  "Expand",
]);

/** Terms of a product up to which it counts as a pass over memory: the transforms of filters. */
const fewTerms = 16;

/** Bytes from which memory is worth more than the time of a convolution of few terms. */
const largeBytes = 2 ** 24;
/** Terms of such a convolution. */
const someTerms = 64;

/**
 * Whether computing a node again costs about as much as writing its output and reading it once more.
 *
 * @param isConstant Whether a value is known when the graph is built.
 */
export function isCheap(
  { op, inputs, outputs }: Node,
  isConstant: (value: Value) => boolean,
): boolean {
  if (onePass.has(op)) return true;
  // One number per channel times the map, or a fixed transform of single channels.
  if (op === "Conv" || op === "FusedConv") {
    const [, weight] = inputs as [Value, Value];
    const terms = sizeOf(weight.shape.slice(1));
    return terms === 1 || weight.shape[1] === 1 && isConstant(weight) ||
      terms <= someTerms && tensorBytes(outputs[0]!) >= largeBytes;
  }
  if (op !== "MatMul" && op !== "FusedMatMul") return false;
  const [rows, columns] = inputs as [Value, Value];
  return Math.max(rows.shape.at(-1)!, columns.shape.at(-1)!) <= fewTerms;
}
