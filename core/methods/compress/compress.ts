/**
 * CompRess, Self-Supervised Learning by Compressing Representations (arXiv 2010.14713; official code
 * `nn/compress_loss.py`, `train_student.py`, `train_student_one_queue.py`).
 *
 * @module
 */

import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { fusedMatMul, sub } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { softCrossEntropy } from "../cross_entropy.ts";
import type { Method, PreparedMethod, StepScope } from "../method.ts";
import {
  assertQueueSize,
  assertSingleReplica,
  assertWholeBatch,
  enqueue,
  initialQueue,
} from "../queue.ts";

/** Settings of CompRess. */
export interface CompressSettings {
  /** Temperature of both similarities. @default {0.04} */
  readonly temperature: number;
  /** Number of earlier embeddings, whole batches. @default {128_000} */
  readonly queueSize: number;
  /**
   * 2: the student is compared with earlier embeddings of its own, by a momentum copy (CompRess-2q).
   * 1: with the teacher's (CompRess-1q), whose space its embedding then shares. @default {2}
   */
  readonly queues: 1 | 2;
  /** m of the momentum copy. @default {0.999} */
  readonly momentum: number;
}

/** Checks {@linkcode CompressSettings}; the defaults are those of the official code. */
export const compressSettings: z.ZodType<CompressSettings> = z.strictObject({
  temperature: z.number().positive().default(0.04)
    .describe("Temperature of the student's and of the teacher's similarities"),
  queueSize: z.number().int().positive().default(128_000)
    .describe("Earlier embeddings that images are compared with; whole batches"),
  queues: z.union([z.literal(1), z.literal(2)]).default(2).describe(
    "2: the student is compared with its own earlier embeddings; 1: with the teacher's, which leaves it in the teacher's space",
  ),
  momentum: z.number().min(0).max(1).default(0.999)
    .describe("Momentum of the copy of the student that fills its queue"),
});

/** What CompRess is made ready with. */
export interface PrepareCompressOptions {
  readonly settings: CompressSettings;
  /** Length of the teacher's embeddings, and of the student's. */
  readonly dimension: number;
  readonly batchSize: number;
  /** Seed of the queues' first noise. */
  readonly seed: number;
}

/** KL(softmax(t/τ) ‖ softmax(s/τ)), the mean over rows (`KLD` of the official code). */
function divergence(graph: Graph, student: Value, teacher: Value, temperature: number): Value {
  const temperatures = { student: temperature, teacher: temperature };
  const crossEntropy = softCrossEntropy(graph, student, teacher, temperatures);
  return sub(graph, crossEntropy, softCrossEntropy(graph, teacher, teacher, temperatures));
}

/**
 * L = KL( softmax(z_T·Q_T/τ) ‖ softmax(z_S·Q_S/τ) ), Q_T a queue of teacher's embeddings and Q_S one
 * of a momentum copy of the student, of the same images in the same order; with one queue Q_S = Q_T.
 * Both are read as they were before this batch, and no positive is prepended.
 *
 * Departures from the official code: it compares the pooled features themselves, here the student has
 * the head that all methods have; its queues begin with uniform noise, here with noise of unit length.
 *
 * @throws {ConfigError} when the queue is not a whole number of batches, one or more.
 */
export function prepareCompress(options: PrepareCompressOptions): PreparedMethod {
  const { settings, dimension, batchSize, seed } = options;
  const { temperature, queueSize, queues, momentum } = settings;
  assertQueueSize(queueSize, batchSize);
  const similarity = ({ graph }: StepScope, z: Value, queue: Value) =>
    fusedMatMul(graph, z, queue, { transB: true });
  const start = (offset: number) =>
    initialQueue({ queueSize, batchSize, dimension, seed: seed + offset });
  if (queues === 1) {
    return {
      head: { output: "embedding", dimension },
      initialState: () => ({ queue: start(0) }),
      step(scope) {
        const { graph } = scope, queue = scope.state["queue"]!;
        const student = similarity(scope, scope.encode(0), queue);
        const teacher = similarity(scope, scope.teacher(0), queue);
        return {
          loss: divergence(graph, student, teacher, temperature),
          parts: {},
          nextState: { queue: enqueue(graph, queue, scope.teacherBatch(0)) },
        };
      },
    };
  }
  return {
    head: { output: "embedding", dimension, space: "own" },
    networkMomentum: momentum,
    initialState: () => ({ queue: start(0), student_queue: start(1) }),
    step(scope) {
      const { graph } = scope;
      const { queue, student_queue } = scope.state as Record<"queue" | "student_queue", Value>;
      const student = similarity(scope, scope.encode(0), student_queue);
      const teacher = similarity(scope, scope.teacher(0), queue);
      const keys = scope.encode(0, "momentum");
      assertWholeBatch("compress", keys, batchSize);
      return {
        loss: divergence(graph, student, teacher, temperature),
        parts: {},
        nextState: {
          queue: enqueue(graph, queue, scope.teacherBatch(0)),
          student_queue: enqueue(graph, student_queue, keys),
        },
      };
    },
  };
}

/** CompRess as a method; see {@linkcode prepareCompress}. */
export const compress: Method<CompressSettings> = {
  name: "compress",
  version: 2,
  title: "CompRess",
  settings: compressSettings,
  needs: { teacher: "image", labels: false, views: 1, momentumNetwork: true },
  // An async function: what it throws is a rejection.
  // deno-lint-ignore require-await
  async prepare({ settings, teacher, batchSize, replicas, seed }) {
    if (!teacher) throw new ConfigError("Cannot distil by CompRess: no teacher is given");
    if (settings.queues === 2) assertSingleReplica("compress", { batchSize, replicas });
    return prepareCompress({ settings, dimension: teacher.dimension, batchSize, seed });
  },
};
