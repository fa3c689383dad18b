/**
 * The contrast with a momentum copy of the student, which MoCo is and DisCo has.
 *
 * @module
 */

import type { Value } from "../onnx/graph.ts";
import { infoNce, queueSimilarities } from "./info_nce.ts";
import type { StepScope } from "./method.ts";
import { assertWholeBatch, enqueue } from "./queue.ts";

/** A contrastive loss and what goes on to the next step. */
export interface MomentumContrast {
  /** q, the student's embeddings of view 0, [B, D]. */
  readonly queries: Value;
  /** CE( [q·k, q·Q]/τ, 0 ), a scalar. */
  readonly loss: Value;
  /** The queue with this batch's keys. */
  readonly queue: Value;
}

/**
 * CE( [q·k, q·Q]/τ, 0 ): q is the student's embedding of view 0, k that of a momentum copy of view 1,
 * Q the state `queue` of earlier k.
 *
 * @param method Name of the method, for messages.
 * @throws {ConfigError} where a replica sees only a part of the batch.
 */
export function momentumContrast(
  scope: StepScope,
  { method, temperature, batchSize }: {
    readonly method: string;
    readonly temperature: number;
    readonly batchSize: number;
  },
): MomentumContrast {
  const { graph } = scope, queue = scope.state["queue"]!;
  const queries = scope.encode(0), keys = scope.encode(1, "momentum");
  assertWholeBatch(method, keys, batchSize);
  const negatives = queueSimilarities(graph, queries, queue);
  return {
    queries,
    loss: infoNce(graph, { queries, keys, negatives, temperature }),
    queue: enqueue(graph, queue, keys),
  };
}
