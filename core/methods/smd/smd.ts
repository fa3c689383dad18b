/**
 * SMD, hard-aware metric distillation ("Improving Self-supervised Lightweight Model Learning via
 * Hard-aware Metric Distillation", ECCV 2022; official code `main_distill.py`).
 *
 * @module
 */

import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { add, mul } from "../../onnx/build.ts";
import { earlySteps, initialSteps } from "../early_epochs.ts";
import type { Method, PreparedMethod } from "../method.ts";
import { meanOf, metricLoss, negativeCosine } from "./metric_loss.ts";

/** Settings of SMD. */
export interface SmdSettings {
  /** τ. @default {0.04} */
  readonly temperature: number;
  /** Weight of the metric loss during the first epochs. @default {1} */
  readonly weight: number;
  /** First epochs, in which the cosine with the teacher is a part of the loss. @default {2} */
  readonly cosineEpochs: number;
}

/** Checks {@linkcode SmdSettings}; the defaults are those of the official code. */
export const smdSettings: z.ZodType<SmdSettings> = z.strictObject({
  temperature: z.number().positive().default(0.04).describe("Temperature of the metric loss"),
  weight: z.number().positive().default(1)
    .describe("Weight of the metric loss beside the cosine, during the first epochs"),
  cosineEpochs: z.number().min(0).default(2)
    .describe("First epochs, in which the negative cosine with the teacher is added"),
});

/**
 * The metric loss of two views, each with the teacher's embedding of the same view; during the first
 * epochs their negative cosines are added:
 *
 *     L = w·(M(z, z_T) + M(z', z_T'))/2 − (z·z_T + z'·z_T')/2   in the first epochs, then
 *     L = (M(z, z_T) + M(z', z_T'))/2
 *
 * with M of {@linkcode metricLoss}. Departure from the official code: its student ends in one linear
 * layer, here it has the head that all methods have. With replicas the pairs are those of a replica,
 * as they are those of a GPU there.
 *
 * @param options.stepsPerEpoch Steps of an epoch, which the first epochs are counted by.
 */
export function prepareSmd(
  { settings, dimension, stepsPerEpoch }: {
    readonly settings: SmdSettings;
    /** Length of the teacher's embeddings, and of the student's. */
    readonly dimension: number;
    readonly stepsPerEpoch: number;
  },
): PreparedMethod {
  const { temperature, weight, cosineEpochs } = settings;
  return {
    head: { output: "embedding", dimension },
    initialState: () => ({ steps: initialSteps() }),
    step(scope) {
      const { graph } = scope, steps = scope.state["steps"]!;
      const lossesOf = (view: number) => {
        const student = scope.encode(view), teacher = scope.teacher(view);
        return {
          metric: metricLoss(graph, { student, teacher, temperature }),
          cosine: negativeCosine(graph, student, teacher),
        };
      };
      const first = lossesOf(0), second = lossesOf(1);
      const metric = meanOf(graph, first.metric, second.metric);
      const cosine = meanOf(graph, first.cosine, second.cosine);
      const { choose, next } = earlySteps(graph, steps, cosineEpochs * stepsPerEpoch);
      return {
        loss: add(
          graph,
          mul(graph, metric, choose(weight, 1)),
          mul(graph, cosine, choose(1, 0)),
        ),
        parts: { metric, cosine },
        nextState: { steps: next },
      };
    },
  };
}

/** SMD as a method; see {@linkcode prepareSmd}. */
export const smd: Method<SmdSettings> = {
  name: "smd",
  version: 1,
  title: "SMD",
  settings: smdSettings,
  needs: { teacher: "image", labels: false, views: 2 },
  // An async function: what it throws is a rejection.
  // deno-lint-ignore require-await
  async prepare({ settings, teacher, stepsPerEpoch }) {
    if (!teacher) throw new ConfigError("Cannot distil by SMD: no teacher is given");
    return prepareSmd({ settings, dimension: teacher.dimension, stepsPerEpoch });
  },
};
