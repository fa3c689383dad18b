/**
 * The settings that every training of a student shares, whatever its method: `pretrain.*` of a recipe.
 *
 * @module
 */

import { z } from "zod";
import { type TemplateSetName, templateSetNames } from "../text/templates.ts";
import { imageSizeLimits } from "../data/image_size.ts";

const positive = z.number().positive();
const count = z.number().int().positive();
const share = z.number().min(0).max(1);

/** Largest side of the images in pixels, and factor on the channels, that a student is built for. */
export const largestStudent = { imageSize: imageSizeLimits.most, widthMultiplier: 4 } as const;

/**
 * `pretrain.*`: names, limits, meaning and defaults. The defaults are the published values of the
 * official LGD and SEED code.
 */
export const pretrainSchema = z.strictObject({
  algorithms: z.string().regex(
    /^(rules|measured|file:.+)$/,
    "expected rules, measured or file:PATH",
  )
    .default("rules").describe(
      "Algorithms of the convolutions: by rules, measured on this machine, or file:PATH",
    ),
  imageSize: count.min(imageSizeLimits.least).max(largestStudent.imageSize).default(224).describe(
    "Pixels on a side of the student's images",
  ),
  widthMultiplier: positive.max(largestStudent.widthMultiplier).default(1).describe(
    "Factor on every channel count of the student",
  ),
  batchSize: count.min(
    2,
    "BatchNorm takes its statistics from the batch: expected 2 images or more",
  ).default(2048).describe("Images in a training step"),
  replicas: count.max(64).default(1).describe(
    "Equal parts of a batch that train side by side, each with a thread and BatchNorm statistics of its own",
  ),
  views: z.enum(["fixed", "fresh"]).default("fixed").describe(
    "fixed: viewsPerImage views of each image, drawn once; fresh: new views at every step, with the teacher live",
  ),
  viewsPerImage: count.max(100_000).default(1).describe(
    "Different augmented views of each training image, where views are fixed",
  ),
  randomConvolution: share.default(0).describe(
    "Share of the student's views whose texture and colours a random convolution changes; the teacher sees them as they are",
  ),
  learningRate: positive.default(0.24).describe(
    "Peak learning rate, after the warm-up; the published rule is 0.03 × batchSize / 256",
  ),
  warmupEpochs: z.number().min(0).default(5).describe("Epochs of linear warm-up"),
  warmupFactor: share.default(0.125).describe(
    "Learning rate at the first step, as a fraction of the peak",
  ),
  schedule: z.enum(["cosine-epoch", "cosine", "constant"]).default("cosine-epoch").describe(
    "Learning rate after the warm-up: cosine set once an epoch (published), at every step, or constant",
  ),
  momentum: share.default(0.9).describe("Momentum of SGD"),
  weightDecay: z.number().min(0).default(1e-4).describe("Weight decay of SGD"),
  templates: z.enum(templateSetNames).default("imagenet-80").describe(
    "Prompts of a text bank whose names are a file or a list; those of a task have the task's own",
  ),
});

/** Settings that every training of a student shares, resolved. The schema says what they mean. */
export interface PretrainSettings {
  algorithms: string;
  imageSize: number;
  widthMultiplier: number;
  batchSize: number;
  replicas: number;
  views: "fixed" | "fresh";
  viewsPerImage: number;
  randomConvolution: number;
  learningRate: number;
  warmupEpochs: number;
  warmupFactor: number;
  schedule: "cosine-epoch" | "cosine" | "constant";
  momentum: number;
  weightDecay: number;
  templates: TemplateSetName;
}

/** `evaluation.*`: what every measurement shares. */
export const evaluationSchema = z.strictObject({
  views: count.max(100).default(1).describe(
    "Fixed views of each test image; the image is the sampling unit",
  ),
  splits: z.array(z.string().min(1).max(60)).min(1).default(["val"]).describe(
    "Splits of the data that are measured; one that a data set does not have is left out",
  ),
});

/** What every measurement shares, resolved. */
export type EvaluationSettings = z.infer<typeof evaluationSchema>;

/** Relations between settings that single keys cannot show, for a training of so many epochs. */
export function findContradictions(settings: PretrainSettings, epochs: number): string[] {
  const { batchSize, replicas, warmupEpochs } = settings;
  const problems: string[] = [];
  if (batchSize % replicas !== 0) {
    problems.push(
      `pretrain.replicas: expected a divisor of batchSize ${batchSize}, got ${replicas}`,
    );
  } else if (replicas > 1 && batchSize / replicas < 2) {
    problems.push(
      "pretrain.replicas: each part needs 2 images or more, since BatchNorm takes its statistics " +
        `from them, got ${batchSize / replicas}`,
    );
  }
  if (warmupEpochs >= epochs) {
    problems.push(
      `pretrain.warmupEpochs: expected less than the length of ${epochs} epochs, got ${warmupEpochs}`,
    );
  }
  return problems;
}
