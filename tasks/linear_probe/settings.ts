/**
 * Settings of a linear probe.
 *
 * @module
 */

import { z } from "zod";
import { viewsPerImageSetting } from "../classification.ts";

const epochsSetting = z.number().min(0);

/**
 * How the layer is trained; the defaults are those of the published run (`scripts/lincls.sh` of LGD).
 * The official code tracks the best of all epochs and does not say which one it reports; here it is
 * the last.
 */
export const probeSettingsShape = {
  learningRate: z.number().positive().default(240)
    .describe("Peak learning rate; the published rule is 30 × batchSize / 256"),
  batchSize: z.number().int().positive().default(2048)
    .describe(
      "Images in a training step; with fewer labels, all of them, at a rate scaled with them",
    ),
  epochs: z.number().positive().default(100).describe("Length in epochs"),
  warmupEpochs: epochsSetting.default(5).describe("Epochs of linear warm-up"),
  warmupFactor: z.number().min(0).max(1).default(0.125)
    .describe("Learning rate at the first step, as a fraction of the peak"),
  milestones: z.array(epochsSetting).default([60, 80])
    .describe("Epochs at which the rate is multiplied by gamma"),
  gamma: z.number().positive().max(1).default(0.1)
    .describe("Factor on the learning rate at each milestone"),
  momentum: z.number().min(0).max(1).default(0.9).describe("Momentum of SGD"),
  weightDecay: z.number().min(0).default(0).describe("Weight decay of SGD"),
  viewsPerImage: viewsPerImageSetting,
};

/** How the layer is trained by SGD, complete. */
export type ProbeTrainingSettings = z.infer<z.ZodObject<typeof probeSettingsShape>>;

/**
 * Settings of the linear probe with all labels. `sgd` is the published protocol of LGD and SEED,
 * `lbfgs` that of CLIP's authors (arXiv 2103.00020, appendix A.3).
 */
export const linearProbeSettings = z.strictObject({
  ...probeSettingsShape,
  protocol: z.enum(["sgd", "lbfgs"]).default("sgd").describe(
    "sgd: as published; lbfgs: logistic regression, its penalty chosen on held-out training images",
  ),
  validationShare: z.number().min(0).max(0.5).default(0.2).describe(
    "lbfgs: share of the training images of each class by which the penalty is chosen; 0: C is 1",
  ),
  maximumIterations: z.number().int().positive().max(100_000).default(1000)
    .describe("lbfgs: most iterations of a fit"),
});

/** Settings of the linear probe, complete. */
export type LinearProbeSettings = z.infer<typeof linearProbeSettings>;
