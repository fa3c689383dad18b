/**
 * LGKA, Language-Guided Knowledge Aggregation: which class of the textual bank each image of a
 * batch belongs to, as the teacher sees it, and the mean teacher embedding of each class.
 *
 * @module
 */

import { div, fusedMatMul, reduceSum, reshape } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";

/** What a batch says of the classes. */
export interface BatchAggregate {
  /** Mean teacher embedding per class, [K, D]; 0 for a class without images. */
  readonly mean: Value;
  /** Number of images per class, [K, 1]. */
  readonly count: Value;
}

/**
 * yᵢ = argmax_k z_T,ᵢ · l_k, then z̄_c = mean of z_T,ᵢ over yᵢ = c (LGD's
 * `clipdistiller.py`, `update_queue`).
 *
 * @param teacher z_T, [B, D].
 * @param textSimilarity z_T · Lᵀ, [B, K].
 */
export function aggregateByText(
  graph: Graph,
  teacher: Value,
  textSimilarity: Value,
): BatchAggregate {
  const classes = textSimilarity.shape[1]!;
  const assigned = graph.node("ArgMax", [textSimilarity], { axis: 1 });
  const oneHot = graph.node("OneHot", [assigned], { depth: classes });
  const count = reshape(graph, reduceSum(graph, oneHot, [0]), [classes, 1]);
  const sum = fusedMatMul(graph, oneHot, teacher, { transA: true });
  const mean = div(graph, sum, graph.node("Max", [count, graph.scalar(1)], {}));
  return { mean, count };
}
