/**
 * Settings of the semi-supervised task.
 *
 * @module
 */

import { z } from "zod";
import { probeSettingsShape } from "../linear_probe/settings.ts";

/**
 * What is published, and what is not. LGD's code draws 128 images of each class for its 10 % columns
 * and 13 for 1 % (`tools/make-imgnet-subset.py`, unseeded) and has no script of its own for them: that
 * they are linear probes on these subsets, as trained with all labels, is read from the head of the
 * printed table. Fine-tuning is published by neither LGD nor SEED: its defaults are those of SwAV
 * (`eval_semisup.py`), which learns the last layer 20 times as fast as the backbone, for 20 epochs,
 * with batches of 32 on each of 8 GPUs.
 */
const fineTuningSettings = z.strictObject({
  learningRate: z.number().positive().default(0.01).describe("Learning rate of the backbone"),
  headLearningRate: z.number().positive().default(0.2).describe("Learning rate of the last layer"),
  batchSize: z.number().int().min(2).default(256)
    .describe("Images in a training step; with fewer labels, all of them"),
  epochs: z.number().positive().default(20).describe("Length in epochs"),
  milestones: z.array(z.number().min(0)).default([12, 16])
    .describe("Epochs at which the rates are multiplied by gamma"),
  gamma: z.number().positive().max(1).default(0.2)
    .describe("Factor on the learning rates at each milestone"),
  momentum: z.number().min(0).max(1).default(0.9).describe("Momentum of SGD"),
  weightDecay: z.number().min(0).default(0).describe("Weight decay of SGD"),
  batchNorm: z.enum(["train", "frozen"]).default("train").describe(
    "BatchNorm by the statistics of the batch, as published, or by those of the pre-training",
  ),
});

/** Settings of the linear probe by few labels: those with all labels, but for the views. */
const { viewsPerImage, ...probeShape } = probeSettingsShape;
const probeSettings = z.strictObject(probeShape);

/** Settings of the semi-supervised task. */
export const semiSupervisedSettings = z.strictObject({
  fraction: z.number().gt(0).max(1).nullable().default(null).describe(
    "Share of the images of each class that have a label, at least one image; null: perClass",
  ),
  perClass: z.number().int().min(1).default(128).describe(
    "Images of each class that have a label, all where there are fewer; not used with a fraction",
  ),
  by: z.enum(["linear-probe", "fine-tune"]).default("linear-probe").describe(
    "Train a linear layer on frozen features, or the whole student",
  ),
  viewsPerImage,
  linearProbe: probeSettings.default(() => probeSettings.parse({})).describe(
    "How the linear layer is trained",
  ),
  fineTuning: fineTuningSettings.default(() => fineTuningSettings.parse({})).describe(
    "How the whole student is trained",
  ),
});

/** Settings of the semi-supervised task, complete. */
export type SemiSupervisedSettings = z.infer<typeof semiSupervisedSettings>;
/** Settings of the fine-tuning, complete. */
export type FineTuningSettings = SemiSupervisedSettings["fineTuning"];
