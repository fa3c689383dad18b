/**
 * BINGO, Bag of Instances Aggregation Boosts Self-supervised Distillation (arXiv 2107.01691; official
 * code `moco/builder.py`, `moco/folder.py`, `main_moco.py`).
 *
 * @module
 */

import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { add, addAll, mul, scale, sub } from "../../onnx/build.ts";
import type { Value } from "../../onnx/graph.ts";
import { earlySteps, initialSteps } from "../early_epochs.ts";
import { infoNce, queueSimilarities } from "../info_nce.ts";
import type { Method, PreparedMethod } from "../method.ts";
import { assertQueueSize, enqueue, initialQueue } from "../queue.ts";

/** Settings of BINGO. */
export interface BingoSettings {
  /** τ. @default {0.2} */
  readonly temperature: number;
  /** Number of earlier teacher embeddings, whole batches. @default {65_536} */
  readonly queueSize: number;
  /** Images of a bag beside the image itself: its nearest by the teacher. @default {5} */
  readonly bagSize: number;
  /** Weight of an image's own key; the rest is that of its neighbour's. @default {0.5} */
  readonly ownWeight: number;
  /** First epochs, in which the own key alone counts. @default {11} */
  readonly ownEpochs: number;
}

/** Checks {@linkcode BingoSettings}; the defaults are those of the published run. */
export const bingoSettings: z.ZodType<BingoSettings> = z.strictObject({
  temperature: z.number().positive().default(0.2).describe("Temperature of the similarities"),
  queueSize: z.number().int().positive().default(65_536)
    .describe("Earlier teacher embeddings that images are compared with; whole batches"),
  bagSize: z.number().int().positive().max(1000).default(5)
    .describe("Nearest images of an image by the teacher, of which one is drawn in each step"),
  ownWeight: z.number().min(0).max(1).default(0.5)
    .describe("Weight of an image's own key; the neighbour's has 1 − ownWeight"),
  ownEpochs: z.number().min(0).default(11)
    .describe("First epochs, in which an image's own key alone counts"),
});

/** What BINGO is made ready with. */
export interface PrepareBingoOptions {
  readonly settings: BingoSettings;
  /** Length of the teacher's embeddings, and of the student's. */
  readonly dimension: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  /** Seed of the queue's first noise. */
  readonly seed: number;
}

/**
 * Views 0 and 1 are of an image, 2 and 3 of one of its bag. The student encodes view 0 (q), view 2
 * (q⁺) and a CutMix of both (q̃, a share s of which is view 0), the teacher views 1 (k) and 3 (k⁺).
 * With C(q, k) = CE([q·k, q·Q]/τ, 0), Q earlier k, and w the weight of the own key:
 *
 *     L = 1/3 · ( w·C(q, k) + (1 − w)·C(q, k⁺) + w·C(q⁺, k⁺) + (1 − w)·C(q⁺, k)
 *               + s·C(q̃, k) + (1 − s)·C(q̃, k⁺) )
 *
 * w is 1 in the first epochs. Departures from the official code: bags are of the mean of the teacher's
 * embeddings of an image's fixed views, there of its unaugmented image; the hidden layer of the head
 * (2,048 there) is that of all methods.
 *
 * @throws {ConfigError} when the queue is not a whole number of batches, one or more.
 */
export function prepareBingo(options: PrepareBingoOptions): PreparedMethod {
  const { settings, dimension, batchSize, stepsPerEpoch, seed } = options;
  const { temperature, queueSize, bagSize, ownWeight, ownEpochs } = settings;
  assertQueueSize(queueSize, batchSize);
  return {
    head: { output: "embedding", dimension },
    neighbours: bagSize,
    initialState: () => ({
      queue: initialQueue({ queueSize, batchSize, dimension, seed }),
      steps: initialSteps(),
    }),
    step(scope) {
      const { graph } = scope, { queue, steps } = scope.state as Record<"queue" | "steps", Value>;
      const keys = [scope.teacher(1), scope.teacher(3)] as const;
      /** w₀·C(q, k) + w₁·C(q, k⁺) */
      const contrast = (queries: Value, weights: readonly [Value, Value]) => {
        const negatives = queueSimilarities(graph, queries, queue);
        const terms = keys.map((own, index) =>
          mul(
            graph,
            infoNce(graph, { queries, keys: own, negatives, temperature }),
            weights[index]!,
          )
        );
        return add(graph, terms[0]!, terms[1]!);
      };
      const { choose, next } = earlySteps(graph, steps, ownEpochs * stepsPerEpoch);
      const own = choose(1, ownWeight), other = choose(0, 1 - ownWeight);
      const { output: mixed, share } = scope.encodeMixed(0, 2);
      const anchor = contrast(scope.encode(0), [own, other]);
      const neighbour = contrast(scope.encode(2), [other, own]);
      const mix = contrast(mixed, [share, sub(graph, graph.scalar(1), share)]);
      return {
        loss: scale(graph, addAll(graph, [anchor, neighbour, mix]), 1 / 3),
        parts: { anchor, neighbour, mix },
        nextState: {
          queue: enqueue(graph, queue, scope.teacherBatch(1)),
          steps: next,
        },
      };
    },
  };
}

/** BINGO as a method; see {@linkcode prepareBingo}. */
export const bingo: Method<BingoSettings> = {
  name: "bingo",
  version: 1,
  title: "BINGO",
  settings: bingoSettings,
  needs: {
    teacher: "image",
    labels: false,
    views: 4,
    encodedViews: 3,
    neighbourViews: 2,
    mixes: true,
  },
  // An async function: what it throws is a rejection.
  // deno-lint-ignore require-await
  async prepare({ settings, teacher, batchSize, stepsPerEpoch, seed }) {
    if (!teacher) throw new ConfigError("Cannot distil by BINGO: no teacher is given");
    const { dimension } = teacher;
    return prepareBingo({ settings, dimension, batchSize, stepsPerEpoch, seed });
  },
};
