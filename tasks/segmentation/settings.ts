/**
 * Settings of the segmentation task.
 *
 * @module
 */

import { z } from "zod";

const count = z.number().int().positive();
const side = count.max(8192);
const share = z.number().min(0).max(1);
const positive = z.number().positive();

/** A height and a width, each with a default of its own: who changes one keeps the other. */
function sizeFrom(height: number, width: number) {
  return z.strictObject({ height: side.default(height), width: side.default(width) }).prefault({});
}

/** Strides of students are powers of two. */
export const outputStride = z.number().int().min(1).max(64).refine(
  (stride) => Number.isInteger(Math.log2(stride)),
  "expected a power of two: 1, 2, 4, 8, 16, 32 or 64",
);

/**
 * Nothing is published: LGD's paper names Cityscapes and ADE20K and `mmsegmentation==0.19.0`, and its code
 * has neither head nor settings. The defaults are those of mmsegmentation's own configurations for
 * Cityscapes (`_base_/datasets/cityscapes.py`, `schedules/schedule_80k.py`), and DeepLabV3+, which they
 * have for MobileNetV2: a choice of ours.
 */
const headSettings = z.strictObject({
  name: z.enum(["fcn", "deeplab_v3", "pspnet", "deeplab_v3_plus"]).default("deeplab_v3_plus")
    .describe("What stands on the student's maps"),
  outputStride: outputStride.default(8).describe(
    "Pixels of the image on a side of one pixel of the last map: strides beyond it become dilations",
  ),
  channels: count.max(2048).nullable().default(null).describe(
    "Channels inside the head; null: 512 for PSPNet, 256 for DeepLab",
  ),
  rates: z.array(count.max(256)).min(1).max(8).default([12, 24, 36]).describe(
    "Dilations of DeepLab's pyramid",
  ),
  auxiliary: z.enum(["c2", "c3", "c4", "c5"]).nullable().default("c4").describe(
    "Map that an auxiliary FCN head reads in training; null: none",
  ),
  alignCorners: z.boolean().default(false).describe(
    "Whether maps are resized with the middles of their corners aligned",
  ),
  dropout: z.number().min(0).max(0.99).default(0.1).describe(
    "Probability that a channel is dropped before the last layer",
  ),
  batchNorm: z.enum(["train", "frozen"]).default("train").describe(
    "BatchNorm of the student by its batch, or by the statistics of the pre-training",
  ),
  normalization: z.enum(["imagenet", "student"]).default("imagenet").describe(
    "Mean and standard deviation of the pixels: ImageNet's, or those of the pre-training",
  ),
});

const imageSettings = z.strictObject({
  resize: z.strictObject({ height: side, width: side }).nullable().default(null).describe(
    "Size that images are brought to before scaling; null: their own",
  ),
  scales: z.tuple([positive.max(16), positive.max(16)]).default([0.5, 2]).describe(
    "Least and greatest factor on the size of a training image",
  ).refine(([least, greatest]) => least <= greatest, "expected the least first"),
  crop: sizeFrom(512, 1024)
    .describe("Part of an image that is trained on"),
  maximumClassShare: share.default(0.75).describe(
    "A crop with more of one class is drawn again, ten times at most",
  ),
  flip: share.default(0.5).describe("Share of training images that are mirrored left to right"),
  photometric: z.boolean().default(true).describe(
    "Brightness, contrast, saturation and hue drawn anew (PhotoMetricDistortion)",
  ),
});

const trainingSettings = z.strictObject({
  batchSize: count.min(2).max(1024).default(8).describe("Images in a training step"),
  steps: count.max(10_000_000).default(80_000).describe("Length in steps"),
  learningRate: positive.default(0.01).describe("Learning rate of SGD at the first step"),
  minimumRate: z.number().min(0).default(1e-4).describe("Learning rate at the end"),
  power: positive.default(0.9).describe("Power of the polynomial that the rate follows"),
  momentum: share.default(0.9).describe("Momentum of SGD"),
  weightDecay: z.number().min(0).default(5e-4).describe("Weight decay of SGD"),
  headFactor: positive.default(1).describe("Factor on the learning rate of the heads"),
  backboneFactor: z.number().min(0).default(1).describe(
    "Factor on the learning rate of the student's own parameters; 0 freezes them",
  ),
  auxiliaryWeight: z.number().min(0).default(0.4).describe("Weight of the auxiliary head's loss"),
  classWeights: z.array(z.number().min(0)).max(255).nullable().default(null).describe(
    "Factor on the loss of each class; null: all 1",
  ),
  hardExamples: z.strictObject({
    threshold: z.number().min(0).max(0.999).default(0.7).describe(
      "Pixels whose class has a lower probability are hard",
    ),
    minimumKept: count.default(100_000).describe(
      "Hardest pixels that count at least, for each image of a batch",
    ),
  }).nullable().default(null).describe("Online hard example mining; null: all pixels count"),
  average: z.enum(["labelled", "all"]).default("all").describe(
    "What the loss is divided by: the labelled pixels, or all of the batch (mmsegmentation's)",
  ),
}).superRefine(({ learningRate, minimumRate }, context) => {
  if (minimumRate <= learningRate) return;
  context.addIssue({
    code: "custom",
    path: ["minimumRate"],
    message: `expected at most the learning rate, ${learningRate}, got ${minimumRate}`,
  });
});

const inferenceSettings = z.strictObject({
  mode: z.enum(["whole", "slide"]).default("whole").describe(
    "Whether a test image is looked at as a whole, or by windows that slide over it",
  ),
  crop: sizeFrom(512, 1024)
    .describe("Size of the windows"),
  stride: sizeFrom(341, 683)
    .describe("Distance of the windows; at most their size"),
  resize: z.strictObject({ height: side, width: side }).nullable().default(null).describe(
    "Box that test images are brought to, their shape kept; null: their own size",
  ),
  scales: z.array(positive.max(16)).min(1).max(16).default([1]).describe(
    "Sizes that a test image is looked at, as factors on that size",
  ),
  flip: z.boolean().default(false).describe("Whether it is looked at mirrored too"),
}).refine(
  ({ mode, crop, stride }) =>
    mode === "whole" || stride.height <= crop.height && stride.width <= crop.width,
  { path: ["stride"], message: "expected at most the size of the windows" },
);

/** A group whose own defaults fill it. */
export function group<Schema extends z.ZodType>(schema: Schema) {
  return schema.prefault({} as never);
}

/** Settings that every task of segmentation has. */
export const measuringSettings = {
  inference: group(inferenceSettings),
  boundaries: z.boolean().default(false).describe(
    "Whether the outlines of the classes are judged too, which takes longer",
  ),
  testImages: count.nullable().default(null).describe(
    "Images of each split that are measured, evenly spread over it; null: all",
  ),
  scenes: z.number().int().min(0).max(24).default(4).describe(
    "Images of the first test split that the report shows",
  ),
};

/** Settings of the segmentation task. */
export const segmentationSettings = z.strictObject({
  head: group(headSettings),
  images: group(imageSettings),
  training: group(trainingSettings),
  ...measuringSettings,
});

/** Settings of the segmentation task, complete. */
export type SegmentationSettings = z.infer<typeof segmentationSettings>;
