/**
 * The contrastive loss of MoCo.
 *
 * @module
 */

import { concat, fusedMatMul, reduceMean, scale, slice } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { rowDot } from "./cross_entropy.ts";

/** z·Q of embeddings [B, D] and a queue [K, D]: [B, K]. */
export function queueSimilarities(graph: Graph, embeddings: Value, queue: Value): Value {
  return fusedMatMul(graph, embeddings, queue, { transB: true });
}

/**
 * −1/B · Σᵢ log softmax([q·k, q·Q]/τ)ᵢ,₀, a scalar (`forward` of MoCo's `builder.py` with
 * `nn.CrossEntropyLoss`).
 *
 * @param queries q, unit vectors [B, D].
 * @param keys k, unit vectors [B, D] through which no gradient flows.
 * @param negatives q·Q, [B, K]; see {@linkcode queueSimilarities}.
 */
export function infoNce(
  graph: Graph,
  { queries, keys, negatives, temperature }: {
    readonly queries: Value;
    readonly keys: Value;
    readonly negatives: Value;
    readonly temperature: number;
  },
): Value {
  const similarities = concat(graph, [rowDot(graph, queries, keys), negatives], 1);
  const logProbabilities = graph.node(
    "LogSoftmax",
    [scale(graph, similarities, 1 / temperature)],
    { axis: 1 },
  );
  const positives = slice(graph, logProbabilities, [{ axis: 1, start: 0, end: 1 }]);
  return scale(graph, reduceMean(graph, positives, [0, 1], false), -1);
}
