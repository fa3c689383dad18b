/**
 * Cross-entropies: of two softmax distributions, and of logits with labels.
 *
 * @module
 */

import { mul, reduceSum, scale } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/** Temperatures of a distillation loss. */
export interface Temperatures {
  /** τ_S, divides the student's logits. */
  readonly student: number;
  /** τ_T, divides the teacher's logits. */
  readonly teacher: number;
}

/**
 * −1/B · Σᵢ Σⱼ softmax(t/τ_T)ᵢⱼ · log softmax(s/τ_S)ᵢⱼ, a scalar (`soft_cross_entropy` of the
 * official code). No gradient flows into the teacher's side as long as t does not depend on the
 * student.
 *
 * @param student Similarities s, [B, K].
 * @param teacher Similarities t, [B, K].
 */
export function softCrossEntropy(
  graph: Graph,
  student: Value,
  teacher: Value,
  temperatures: Temperatures,
): Value {
  const target = graph.node("Softmax", [scale(graph, teacher, 1 / temperatures.teacher)], {
    axis: 1,
  });
  const logProbabilities = graph.node(
    "LogSoftmax",
    [scale(graph, student, 1 / temperatures.student)],
    { axis: 1 },
  );
  const sum = reduceSum(graph, mul(graph, target, logProbabilities), [0, 1], false);
  return scale(graph, sum, -1 / student.shape[0]!);
}

/**
 * Row-by-row products z·t of two [B, D] matrices, [B, 1]: the similarity with the positive.
 */
export function rowDot(graph: Graph, a: Value, b: Value): Value {
  return reduceSum(graph, mul(graph, a, b), [1]);
}

/**
 * −1/B · Σᵢ log softmax(s)ᵢ,yᵢ, a scalar: the classification loss (`nn.CrossEntropyLoss`).
 *
 * @param logits s, [B, K].
 * @param labels y, whole numbers below K, int64 [B].
 */
export function labelCrossEntropy(graph: Graph, logits: Value, labels: Value): Value {
  const [rows, classes] = logits.shape as [number, number];
  const target = graph.node("OneHot", [labels], { depth: classes });
  const logProbabilities = graph.node("LogSoftmax", [logits], { axis: 1 });
  const sum = reduceSum(graph, mul(graph, target, logProbabilities), [0, 1], false);
  return scale(graph, sum, -1 / rows);
}
