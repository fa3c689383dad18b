/**
 * Queues of earlier embeddings, from which the contrasts of SEED, MoCo, DisCo and CompRess are taken.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { concat, slice } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import type { MethodState } from "./method.ts";
import { unitNoise } from "./unit_noise.ts";

/** Sizes of a queue. */
export interface QueueOptions {
  /** Places, whole batches. */
  readonly queueSize: number;
  readonly batchSize: number;
  /** Length of the embeddings. */
  readonly dimension: number;
  /** Seed of the first noise. */
  readonly seed: number;
}

/**
 * A queue before the first step, [queueSize, dimension]: rows of Gaussian noise of unit length.
 *
 * @throws {ConfigError} when the queue is not a whole number of batches, one or more.
 */
export function initialQueue(
  { queueSize, batchSize, dimension, seed }: QueueOptions,
): MethodState[string] {
  assertQueueSize(queueSize, batchSize);
  return { shape: [queueSize, dimension], data: unitNoise(queueSize, dimension, seed) };
}

/** @throws {ConfigError} when the queue is not a whole number of batches, one or more. */
export function assertQueueSize(queueSize: number, batchSize: number): void {
  if (queueSize >= batchSize && queueSize % batchSize === 0) return;
  throw new ConfigError(
    `Cannot queue batches of ${batchSize} in ${queueSize} places: queueSize must be a multiple of batchSize, at least one batch`,
  );
}

/**
 * The queue after a batch: the batch stands first and the oldest rows are gone. That is a rotation of
 * the ring buffer of the official codes; the order of the rows enters no loss.
 *
 * @param queue [K, D]
 * @param batch [B, D]
 */
export function enqueue(graph: Graph, queue: Value, batch: Value): Value {
  const size = queue.shape[0]!, batchSize = batch.shape[0]!;
  if (size === batchSize) return batch;
  const kept = slice(graph, queue, [{ axis: 0, start: 0, end: size - batchSize }]);
  return concat(graph, [batch, kept], 0);
}

/**
 * Refuses replicas, each of which sees a part of the batch: keys of a momentum network would come from
 * that part alone, and the queues of the replicas would differ. For the `prepare` of a
 * method, so that it is told before anything runs.
 *
 * @param options.replicas Parts of the batch that are trained side by side. @default {1}
 * @throws {ConfigError} when there are several.
 */
export function assertSingleReplica(
  method: string,
  { batchSize, replicas = 1 }: {
    readonly batchSize: number;
    readonly replicas?: number | undefined;
  },
): void {
  if (replicas === 1) return;
  throw new ConfigError(
    `Method ${method} queues what its momentum network makes of the whole batch of ${batchSize}, and a ` +
      `replica sees ${batchSize / replicas} of them; set pretrain.replicas to 1`,
  );
}

/**
 * The same for a step that is being built.
 *
 * @param keys What a network makes of the images of this replica.
 * @throws {ConfigError} when they are not those of the whole batch.
 */
export function assertWholeBatch(method: string, keys: Value, batchSize: number): void {
  assertSingleReplica(method, { batchSize, replicas: batchSize / keys.shape[0]! });
}
