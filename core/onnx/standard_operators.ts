/**
 * Operators of ONNX Runtime's own domain written with ONNX's, for files that others read.
 *
 * @module
 */

import { matMul, scale, transpose } from "./build.ts";
import type { Graph, Node, Value } from "./graph.ts";
import { keepNode, rebuild } from "./rebuild.ts";

/** x with its last two axes exchanged. */
function transposeLast(graph: Graph, x: Value): Value {
  const rank = x.shape.length;
  const perm = x.shape.map((_, axis) => axis);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return transpose(graph, x, perm);
}

/**
 * The graph without `com.microsoft` operators: `FusedMatMul` becomes Transpose, MatMul and Mul. A
 * transposed constant is folded by every runtime when it loads the file.
 */
export function useStandardOperators(graph: Graph): Graph {
  return rebuild(graph, (result, node, inputs) => {
    if (node.op !== "FusedMatMul") return keepNode(result, node, inputs);
    const { transA, transB, alpha } = (node as Node<"FusedMatMul">).attributes;
    const [a, b] = inputs as [Value, Value];
    const product = matMul(
      result,
      transA ? transposeLast(result, a) : a,
      transB ? transposeLast(result, b) : b,
    );
    return [scale(result, product, alpha)];
  });
}
