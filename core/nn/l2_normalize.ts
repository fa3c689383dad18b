/**
 * L2 normalisation.
 *
 * @module
 */

import { div, mul, reduceSum, sqrt } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/** x divided by its length along axis 1: x / max(‖x‖, 1e-12), as `F.normalize`. */
export function l2Normalize(graph: Graph, x: Value): Value {
  const squares = reduceSum(graph, mul(graph, x, x), [1]);
  const length = graph.node("Max", [sqrt(graph, squares), graph.scalar(1e-12)], {});
  return div(graph, x, length);
}
