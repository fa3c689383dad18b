/**
 * Operators of ONNX Runtime's own domain written with ONNX's, for files that others read.
 *
 * @module
 */

import { matMul, scale, transpose } from "../build.ts";
import type { Graph, Node, Value } from "../graph.ts";
import { keepNode, rebuild } from "./rebuild.ts";

/** x with two neighbouring axes exchanged; `first` counts from the end, −2 for the last two. */
function exchange(graph: Graph, x: Value, first: number): Value {
  const at = x.shape.length + first;
  const perm = x.shape.map((_, axis) => axis);
  [perm[at], perm[at + 1]] = [at + 1, at];
  return transpose(graph, x, perm);
}

/**
 * The graph without `com.microsoft` operators: `FusedMatMul` becomes Transpose, MatMul and Mul. A
 * transposed constant is folded by every runtime when it loads the file.
 */
export function useStandardOperators(graph: Graph): Graph {
  return rebuild(graph, (result, node, inputs) => {
    if (node.op !== "FusedMatMul") return keepNode(result, node, inputs);
    const { transA, transB, alpha, transBatchA, transBatchB } =
      (node as Node<"FusedMatMul">).attributes;
    const [first, second] = inputs as [Value, Value];
    const a = transBatchA ? exchange(result, first, -3) : first;
    const b = transBatchB ? exchange(result, second, -3) : second;
    const product = matMul(
      result,
      transA ? exchange(result, a, -2) : a,
      transB ? exchange(result, b, -2) : b,
    );
    return [scale(result, product, alpha)];
  });
}
