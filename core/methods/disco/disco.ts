/**
 * DisCo, Distilled Contrastive Learning (arXiv 2104.09124; official code `DisCo/main.py`,
 * `DisCo/moco/builder_kq_mse_largeembedding_2048.py`).
 *
 * @module
 */

import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { add, mul, reduceSum, scale, sub } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { Method, PreparedMethod } from "../method.ts";
import { momentumContrast } from "../momentum_contrast.ts";
import { assertQueueSize, assertSingleReplica, initialQueue } from "../queue.ts";

/** Settings of DisCo. */
export interface DiscoSettings {
  /** τ of the contrastive loss. @default {0.2} */
  readonly temperature: number;
  /** m of the key encoder. @default {0.999} */
  readonly momentum: number;
  /** Number of earlier keys, whole batches. @default {65_536} */
  readonly queueSize: number;
  /** Weight of the contrastive loss. @default {1} */
  readonly contrastiveWeight: number;
  /** Weight of a view's mean squared distance from the teacher. @default {32} */
  readonly distanceWeight: number;
}

/** Checks {@linkcode DiscoSettings}; the defaults are those of the published runs. */
export const discoSettings: z.ZodType<DiscoSettings> = z.strictObject({
  temperature: z.number().positive().default(0.2)
    .describe("Temperature of the contrastive loss"),
  momentum: z.number().min(0).max(1).default(0.999).describe("Momentum of the key encoder"),
  queueSize: z.number().int().positive().default(65_536)
    .describe("Earlier keys that queries are compared with; whole batches"),
  contrastiveWeight: z.number().min(0).default(1).describe(
    "Weight of the contrastive loss; 0 leaves the distances alone",
  ),
  distanceWeight: z.number().min(0).default(32).describe(
    "Weight of the mean squared distance from the teacher; the official code adds up the distances of a GPU's images, 32 in the published runs",
  ),
});

/** What DisCo is made ready with. */
export interface PrepareDiscoOptions {
  readonly settings: DiscoSettings;
  /** Length of the teacher's embeddings, and of the student's. */
  readonly dimension: number;
  readonly batchSize: number;
  /** Seed of the queue's first noise. */
  readonly seed: number;
}

/** 1/B · Σᵢ ‖aᵢ − bᵢ‖² */
function squaredDistance(graph: Graph, a: Value, b: Value): Value {
  const difference = sub(graph, a, b);
  const sum = reduceSum(graph, mul(graph, difference, difference), [0, 1], false);
  return scale(graph, sum, 1 / a.shape[0]!);
}

/**
 *     L = w_c · CE( [q·k, q·Q]/τ, 0 ) + w_d · (‖q − z_T(x)‖² + ‖q' − z_T(x')‖²)
 *
 * q and q' are the student's embeddings of the views x and x', k that of a momentum copy of x', Q
 * earlier k, and the distances are means over the batch. The official code sums them over the images
 * of a GPU and averages gradients over 8 of them: for a batch of 256 that is the mean times 32, the
 * default of w_d [inferred: the number of GPUs is that of MoCo's recipe, which it follows]. Its widened
 * hidden layer of the head (2,048) is not taken over: all methods have one head here.
 *
 * @throws {ConfigError} when the queue is not a whole number of batches, one or more.
 */
export function prepareDisco(options: PrepareDiscoOptions): PreparedMethod {
  const { settings, dimension, batchSize, seed } = options;
  const { temperature, momentum, queueSize, contrastiveWeight, distanceWeight } = settings;
  assertQueueSize(queueSize, batchSize);
  return {
    head: { output: "embedding", dimension },
    networkMomentum: momentum,
    initialState: () => ({ queue: initialQueue({ queueSize, batchSize, dimension, seed }) }),
    step(scope) {
      const { graph } = scope;
      const { queries, loss: contrastive, queue } = momentumContrast(scope, {
        method: "disco",
        temperature,
        batchSize,
      });
      const distance = add(
        graph,
        squaredDistance(graph, queries, scope.teacher(0)),
        squaredDistance(graph, scope.encode(1), scope.teacher(1)),
      );
      return {
        loss: add(
          graph,
          scale(graph, contrastive, contrastiveWeight),
          scale(graph, distance, distanceWeight),
        ),
        parts: { contrastive, distance },
        nextState: { queue },
      };
    },
  };
}

/** DisCo as a method; see {@linkcode prepareDisco}. */
export const disco: Method<DiscoSettings> = {
  name: "disco",
  version: 1,
  title: "DisCo",
  settings: discoSettings,
  needs: { teacher: "image", labels: false, views: 2, encodedViews: 3, momentumNetwork: true },
  // An async function: what it throws is a rejection.
  // deno-lint-ignore require-await
  async prepare({ settings, teacher, batchSize, replicas, seed }) {
    if (!teacher) throw new ConfigError("Cannot distil by DisCo: no teacher is given");
    assertSingleReplica("disco", { batchSize, replicas });
    return prepareDisco({ settings, dimension: teacher.dimension, batchSize, seed });
  },
};
