/**
 * Gradients that come from outside a graph.
 *
 * @module
 */

import { mul } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/** A scalar whose gradient is 1 is most often the loss itself. */
function isOne(graph: Graph, value: Value): boolean {
  const constant = graph.constants.get(value.name);
  return constant?.data.length === 1 && constant.data[0] === 1;
}

/**
 * A scalar 0 to be added to a loss, whose gradients with respect to `values` are given: for what the
 * host, or another graph, makes of the values. It costs nothing, where a sum of products would read them
 * all.
 *
 * @param gradients One of the shape of each value.
 */
export function givenGradients(
  graph: Graph,
  values: readonly Value[],
  gradients: readonly Value[],
): Value {
  return graph.region(
    "given gradients",
    values,
    () => [graph.node("Identity", [graph.scalar(0)], {})],
    (graph, [factor], needs) =>
      gradients.map((gradient, index) => {
        if (!needs[index] || !factor) return null;
        return isOne(graph, factor) ? gradient : mul(graph, gradient, factor);
      }),
  )[0]!;
}
