/**
 * Losses of a detector, element by element.
 *
 * @module
 */

import {
  add,
  div,
  exp,
  mul,
  neg,
  reduceSum,
  relu,
  reshape,
  scale,
  sigmoid,
  sub,
} from "../../../core/onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../../../core/onnx/graph.ts";

/** Σ weights · values over everything, a scalar. */
export function weightedSum(graph: Graph, values: Value, weights: Value): Value {
  const product = mul(graph, values, weights);
  const flat = reshape(graph, product, [sizeOf(product.shape)]);
  return reduceSum(graph, flat, [0], false);
}

/**
 * Cross-entropy of a logit x with a target t from 0 to 1, max(x, 0) − x·t + log(1 + e^−|x|); its
 * gradient is σ(x) − t.
 */
export function binaryCrossEntropy(graph: Graph, logits: Value, targets: Value): Value {
  return graph.region(
    "binary cross-entropy",
    [logits],
    () => {
      const decay = exp(graph, neg(graph, graph.node("Abs", [logits], {})));
      const rest = graph.node("Log", [add(graph, decay, graph.scalar(1))], {});
      return [add(graph, sub(graph, relu(graph, logits), mul(graph, logits, targets)), rest)];
    },
    (graph, [gradient]) => [mul(graph, gradient!, sub(graph, sigmoid(graph, logits), targets))],
  )[0]!;
}

/**
 * Smooth L1 of d = x − t: d²/2β below β, else |d| − β/2; with β = 0 it is |d| (`F.smooth_l1_loss`).
 */
export function smoothL1(graph: Graph, x: Value, targets: Value, beta: number): Value {
  let difference!: Value;
  return graph.region(
    "smooth L1",
    [x],
    () => {
      difference = sub(graph, x, targets);
      const distance = graph.node("Abs", [difference], {});
      if (beta === 0) return [distance];
      const near = graph.node("Clip", [distance], { min: 0, max: beta });
      const line = sub(graph, distance, scale(graph, near, 0.5));
      return [div(graph, mul(graph, near, line), graph.scalar(beta))];
    },
    (graph, [gradient]) => {
      const slope = beta === 0
        ? graph.node("Sign", [difference], {})
        : graph.node("Clip", [scale(graph, difference, 1 / beta)], { min: -1, max: 1 });
      return [mul(graph, gradient!, slope)];
    },
  )[0]!;
}

/**
 * Cross-entropy of rows of logits with labels, −log softmax(x)_y.
 *
 * @param logits [R, classes].
 * @param labels int64 [R].
 * @returns [R].
 */
export function rowCrossEntropy(graph: Graph, logits: Value, labels: Value): Value {
  const target = graph.node("OneHot", [labels], { depth: logits.shape[1]! });
  const logProbabilities = graph.node("LogSoftmax", [logits], { axis: 1 });
  return neg(graph, reduceSum(graph, mul(graph, target, logProbabilities), [1], false));
}

/** Numbers of a tensor at flat indices, of the shape of the indices. */
export function pick(graph: Graph, values: Value, indices: Value): Value {
  return graph.node("Gather", [reshape(graph, values, [sizeOf(values.shape)]), indices], {
    axis: 0,
  });
}
