/**
 * Values that count as constants of the gradient.
 *
 * @module
 */

import type { Graph, Value } from "../onnx/graph.ts";

/**
 * Builds a value through which no gradient flows back, as `torch.no_grad()`.
 *
 * @param build Adds the value's nodes; may read any value of the graph.
 */
export function stopGradient(graph: Graph, build: () => Value): Value {
  // A region is differentiated with respect to its inputs alone: without any it is a constant.
  return graph.region("stop gradient", [], () => [build()], () => [])[0]!;
}
