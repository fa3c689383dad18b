/**
 * SEED, Self-supervised Distillation (arXiv 2101.04731; official code `seed/builder.py`).
 *
 * @module
 */

import { ConfigError } from "../../errors.ts";
import { concat, fusedMatMul, slice } from "../../onnx/build.ts";
import { rowDot, softCrossEntropy, type Temperatures } from "../cross_entropy.ts";
import { initialBank } from "../lgd/vsb.ts";
import type { Method } from "../method.ts";

/** Settings of SEED. */
export interface SeedOptions {
  /** Length of the embeddings. */
  readonly dimension: number;
  readonly batchSize: number;
  /** Number of earlier teacher embeddings; 65,536 in the published run. */
  readonly queueSize: number;
  /** τ_S 0.2; τ_T 1e-4 is the code's default, 0.01 the value LGD's comparison shares. */
  readonly temperatures: Temperatures;
  /** Seed of the queue's first noise. */
  readonly seed: number;
}

/**
 * L = CE( softmax([z_T·z_T, z_T·Q]/τ_T), softmax([z_S·z_T, z_S·Q]/τ_S) ); after the loss the
 * batch's z_T push out the oldest entries. The queue is kept newest first, a rotation of the code's
 * ring buffer: the order of the entries does not enter the loss.
 *
 * @throws {ConfigError} when the queue is not a whole number of batches, one or more.
 */
export function seed(options: SeedOptions): Method {
  const { dimension, queueSize, batchSize, temperatures } = options;
  if (queueSize < batchSize || queueSize % batchSize !== 0) {
    throw new ConfigError(
      `Cannot queue batches of ${batchSize} in ${queueSize} places: queueSize must be a multiple of batchSize, at least one batch`,
    );
  }
  return {
    name: "seed",
    output: "embedding",
    dimension,
    initialState: () => ({ queue: initialBank(queueSize, dimension, options.seed)["bank"]! }),
    loss(graph, { student, teacher, teacherBatch = teacher, state }) {
      const queue = state["queue"]!;
      const logits = (z: typeof student) =>
        concat(graph, [
          rowDot(graph, z, teacher!),
          fusedMatMul(graph, z, queue, { transB: true }),
        ], 1);
      const loss = softCrossEntropy(graph, logits(student), logits(teacher!), temperatures);
      const kept = slice(graph, queue, [{ axis: 0, start: 0, end: queueSize - batchSize }]);
      const nextQueue = queueSize === batchSize
        ? teacherBatch!
        : concat(graph, [teacherBatch!, kept], 0);
      return { loss, parts: {}, nextState: { queue: nextQueue } };
    },
  };
}
