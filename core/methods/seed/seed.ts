/**
 * SEED, Self-supervised Distillation (arXiv 2101.04731; official code `seed/builder.py`).
 *
 * @module
 */

import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { concat, fusedMatMul } from "../../onnx/build.ts";
import type { Value } from "../../onnx/graph.ts";
import { rowDot, softCrossEntropy } from "../cross_entropy.ts";
import type { Method, PreparedMethod } from "../method.ts";
import { assertQueueSize, enqueue, initialQueue } from "../queue.ts";

/** Settings of SEED. */
export interface SeedSettings {
  /** τ_S. @default {0.2} */
  readonly temperatureStudent: number;
  /** τ_T. @default {0.01} */
  readonly temperatureTeacher: number;
  /** Number of earlier teacher embeddings, whole batches. @default {65_536} */
  readonly queueSize: number;
}

/** Checks {@linkcode SeedSettings}; the defaults are those of the published run. */
export const seedSettings: z.ZodType<SeedSettings> = z.strictObject({
  temperatureStudent: z.number().positive().default(0.2)
    .describe("Temperature of the student's logits"),
  temperatureTeacher: z.number().positive().default(0.01).describe(
    "Temperature of the teacher's logits: 0.01 in the paper; the default of its code is 1e-4",
  ),
  queueSize: z.number().int().positive().default(65_536)
    .describe("Earlier teacher embeddings that images are compared with; whole batches"),
});

/** What SEED is made ready with. */
export interface PrepareSeedOptions {
  readonly settings: SeedSettings;
  /** Length of the embeddings. */
  readonly dimension: number;
  readonly batchSize: number;
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
export function prepareSeed(options: PrepareSeedOptions): PreparedMethod {
  const { settings, dimension, batchSize, seed } = options, { queueSize } = settings;
  assertQueueSize(queueSize, batchSize);
  const temperatures = {
    student: settings.temperatureStudent,
    teacher: settings.temperatureTeacher,
  };
  return {
    head: { output: "embedding", dimension },
    initialState: () => ({ queue: initialQueue({ queueSize, batchSize, dimension, seed }) }),
    step(scope) {
      const { graph } = scope, queue = scope.state["queue"]!;
      const student = scope.encode(0), teacher = scope.teacher(0), batch = scope.teacherBatch(0);
      const logits = (z: Value) =>
        concat(graph, [
          rowDot(graph, z, teacher),
          fusedMatMul(graph, z, queue, { transB: true }),
        ], 1);
      const loss = softCrossEntropy(graph, logits(student), logits(teacher), temperatures);
      return { loss, parts: {}, nextState: { queue: enqueue(graph, queue, batch) } };
    },
  };
}

/** SEED as a method; see {@linkcode prepareSeed}. */
export const seed: Method<SeedSettings> = {
  name: "seed",
  version: 1,
  title: "SEED",
  settings: seedSettings,
  needs: { teacher: "image", labels: false, views: 1 },
  // An async function: what it throws is a rejection.
  // deno-lint-ignore require-await
  async prepare({ settings, teacher, batchSize, seed }) {
    if (!teacher) throw new ConfigError("Cannot distil by SEED: no teacher is given");
    return prepareSeed({ settings, dimension: teacher.dimension, batchSize, seed });
  },
};
