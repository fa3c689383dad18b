/**
 * A number per channel added to a map.
 *
 * @module
 */

import type { Graph, Value } from "../onnx/graph.ts";
import { reduceSum } from "../onnx/build.ts";
import { channelAffine } from "../onnx/kernels/channels.ts";
import { channelReduce, ones } from "./normalize_batch.ts";

/**
 * x + bias, in one pass that an activation after it joins. Gradients: dy, and Σ dy over each channel.
 *
 * @param x [N, C, spatial…].
 * @param bias [C].
 */
export function addBias(graph: Graph, x: Value, bias: Value): Value {
  return graph.region(
    "bias",
    [x, bias],
    () => [channelAffine(graph, x, ones(graph, x.shape[1]!), bias)],
    (graph, [gradient], needs) => [
      gradient!,
      needs[1] ? channelReduce(graph, gradient!, reduceSum) : null,
    ],
  )[0]!;
}
