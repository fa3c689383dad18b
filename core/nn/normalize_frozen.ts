/**
 * Batches normalised by running statistics inside a training.
 *
 * @module
 */

import { scaleChannels } from "../autodiff/channel_scale.ts";
import { add, mul, neg, reciprocal, reduceSum, sqrt, zeros } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { channelAffine } from "../onnx/kernels/channels.ts";
import { type AffineParameters, channelDot, channelReduce, ones } from "./normalize_batch.ts";

/** What normalises. */
export interface FrozenBatchNorm extends AffineParameters {
  /** μ, [C]. */
  readonly runningMean: Value;
  /** v, [C]. */
  readonly runningVariance: Value;
}

/**
 * Normalises by the running statistics, which count as constants (BatchNorm in evaluation mode inside
 * a training, as in detection): y = γ·(x − μ)/√(v + ε) + β and
 *
 *     dx = γ/√(v + ε) · dy    dγ = Σ dy·(x − μ) / √(v + ε)    dβ = Σ dy
 */
export function normalizeFrozen(
  graph: Graph,
  name: string,
  x: Value,
  { gamma, beta, runningMean, runningVariance }: FrozenBatchNorm,
  epsilon: number,
): Value {
  let inverseStd!: Value, factor!: Value;
  return graph.region(
    `${name} (frozen BatchNorm)`,
    [x, gamma, beta],
    () => {
      const variance = add(graph, runningVariance, graph.scalar(epsilon));
      inverseStd = sqrt(graph, reciprocal(graph, variance));
      factor = mul(graph, gamma, inverseStd);
      const offset = add(graph, beta, neg(graph, mul(graph, runningMean, factor)));
      return [channelAffine(graph, x, factor, offset)];
    },
    (graph, [gradient], needs) => {
      const dy = gradient ?? zeros(graph, x.shape);
      const centered = () =>
        channelAffine(graph, x, ones(graph, x.shape[1]!), neg(graph, runningMean));
      return [
        needs[0] ? scaleChannels(graph, dy, factor) : null,
        needs[1] ? mul(graph, channelDot(graph, dy, centered()), inverseStd) : null,
        needs[2] ? channelReduce(graph, dy, reduceSum) : null,
      ];
    },
  )[0]!;
}
