/**
 * MoCo v2, Momentum Contrast (arXiv 1911.05722, 2003.04297; official code `moco/builder.py`): no
 * teacher, no labels, no text. It is the floor of students that no teacher helps, and what the
 * text-free teachers of SEED and others were trained by.
 *
 * @module
 */

import { z } from "zod";
import type { Method, PreparedMethod } from "../method.ts";
import { momentumContrast } from "../momentum_contrast.ts";
import { assertQueueSize, assertSingleReplica, initialQueue } from "../queue.ts";

/** Settings of MoCo v2. */
export interface MocoSettings {
  /** τ. @default {0.2} */
  readonly temperature: number;
  /** m of the key encoder. @default {0.999} */
  readonly momentum: number;
  /** Number of earlier keys, whole batches. @default {65_536} */
  readonly queueSize: number;
  /** Length of the embedding. @default {128} */
  readonly dimension: number;
}

/** Checks {@linkcode MocoSettings}; the defaults are those of MoCo v2. */
export const mocoSettings: z.ZodType<MocoSettings> = z.strictObject({
  temperature: z.number().positive().default(0.2).describe("Temperature of the similarities"),
  momentum: z.number().min(0).max(1).default(0.999).describe("Momentum of the key encoder"),
  queueSize: z.number().int().positive().default(65_536)
    .describe("Earlier keys that queries are compared with; whole batches"),
  dimension: z.number().int().positive().max(65_536).default(128)
    .describe("Length of the embedding, which is left out of the trained student"),
});

/**
 * L = CE( [q·k, q·Q]/τ, 0 ): q is the student's embedding of one view, k that of a momentum copy of
 * another view, Q earlier k. The copy's BatchNorm sees the batch as it is: the shuffling of the
 * official code is between GPUs, and there is one batch here.
 *
 * @throws {ConfigError} when the queue is not a whole number of batches, one or more.
 */
export function prepareMoco(
  { settings, batchSize, seed }: {
    readonly settings: MocoSettings;
    readonly batchSize: number;
    /** Seed of the queue's first noise. */
    readonly seed: number;
  },
): PreparedMethod {
  const { temperature, momentum, queueSize, dimension } = settings;
  assertQueueSize(queueSize, batchSize);
  return {
    head: { output: "embedding", dimension, space: "own" },
    networkMomentum: momentum,
    initialState: () => ({ queue: initialQueue({ queueSize, batchSize, dimension, seed }) }),
    step(scope) {
      const { loss, queue } = momentumContrast(scope, {
        method: "moco-v2",
        temperature,
        batchSize,
      });
      return { loss, parts: {}, nextState: { queue } };
    },
  };
}

/** MoCo v2 as a method; see {@linkcode prepareMoco}. */
export const mocoV2: Method<MocoSettings> = {
  name: "moco-v2",
  version: 2,
  title: "MoCo v2",
  settings: mocoSettings,
  needs: { teacher: "none", labels: false, views: 2, momentumNetwork: true },
  // An async function: what it throws is a rejection.
  // deno-lint-ignore require-await
  async prepare({ settings, batchSize, replicas, seed }) {
    assertSingleReplica("moco-v2", { batchSize, replicas });
    return prepareMoco({ settings, batchSize, seed });
  },
};
