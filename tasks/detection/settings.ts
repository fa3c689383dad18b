/**
 * Settings of the detection task.
 *
 * @module
 */

import { z } from "zod";

const count = z.number().int().positive();
const share = z.number().min(0).max(1);
const positive = z.number().positive();

/**
 * What is published: LGD's vendored mmdetection configurations for ResNet-18 on COCO, as run by its
 * `run.sh` on two GPUs with two images each. The semantics are torchvision's: where the two differ
 * (RoIAlign without the half-pixel shift and with 2 × 2 samples), torchvision's are the defaults and
 * mmdetection's are settings.
 */
const featureSettings = z.strictObject({
  levels: z.array(z.enum(["c2", "c3", "c4", "c5"])).min(1).max(4).default([
    "c2",
    "c3",
    "c4",
    "c5",
  ]).describe("Feature maps of the student that the pyramid takes, the finest first").refine(
    (levels) => levels.every((level, index) => index === 0 || levels[index - 1]! < level),
    "expected each level once, the finest first",
  ),
  poolLevel: z.boolean().default(true).describe(
    "A further, coarser level for proposals, by taking every second pixel of the last one",
  ),
  channels: count.max(1024).default(256).describe("Channels of every level of the pyramid"),
  frozenStages: z.number().int().min(0).max(4).default(1).describe(
    "Stages of the student that stay as they are: 1 is everything up to C2, 0 none",
  ),
  batchNorm: z.enum(["running", "fixed", "train"]).default("running").describe(
    "BatchNorm of the student: running statistics with trained scales (published), all fixed, or trained by batches",
  ),
  normalization: z.enum(["imagenet", "student"]).default("imagenet").describe(
    "Mean and standard deviation of the pixels: ImageNet's (published), or those of the pre-training",
  ),
});

const anchorSettings = z.strictObject({
  scale: positive.max(64).default(8).describe(
    "Side of the anchors of a level, in strides of the level",
  ),
  aspectRatios: z.array(positive.max(20)).min(1).max(9).default([0.5, 1, 2]).describe(
    "Height over width of the anchors at each place",
  ),
});

/** Refuses shares of so few samples that none of them could be an object. */
function requireAnObject(context: z.RefinementCtx, samples: number, positiveShare: number): void {
  if (Math.floor(samples * positiveShare) >= 1) return;
  context.addIssue({
    code: "custom",
    path: ["samples"],
    message:
      `expected at least ${positiveShare > 0 ? Math.ceil(1 / positiveShare) : "one object"}: ` +
      `of ${samples} samples, a share of ${positiveShare} is no object`,
  });
}

const proposalSettings = z.strictObject({
  positiveIou: share.default(0.7).describe("Overlap from which an anchor is an object"),
  negativeIou: share.default(0.3).describe("Overlap below which an anchor is background"),
  samples: count.max(4096).default(256).describe("Anchors of an image that are learned from"),
  positiveShare: share.default(0.5).describe("Largest share of objects among them"),
  trainCandidates: count.default(2000).describe(
    "Best anchors of each level before suppression, in training",
  ),
  trainKept: count.default(1000).describe("Proposals of an image after it, in training"),
  testCandidates: count.default(1000).describe("The same for each level, in tests"),
  testKept: count.default(1000).describe("The same for an image, in tests"),
  suppressionIou: share.default(0.7).describe(
    "Overlap with a better proposal of its level from which one is dropped",
  ),
}).superRefine(({ positiveIou, negativeIou, samples, positiveShare }, context) => {
  if (negativeIou > positiveIou) {
    context.addIssue({
      code: "custom",
      path: ["negativeIou"],
      message: `expected at most positiveIou, ${positiveIou}`,
    });
  }
  requireAnObject(context, samples, positiveShare);
});

const roiSettings = z.strictObject({
  positiveIou: share.default(0.5).describe("Overlap from which a proposal is an object"),
  samples: count.max(4096).default(512).describe("Proposals of an image that are learned from"),
  positiveShare: share.default(0.25).describe("Largest share of objects among them"),
  canonicalSize: positive.default(224).describe(
    "Side of the objects that are pooled from the level of stride 16, pixels",
  ),
  samplingRatio: z.number().int().min(0).max(8).default(2).describe(
    "Samples on a side of a pooled cell; 0: as many as the cell has pixels (mmdetection's)",
  ),
  aligned: z.boolean().default(false).describe("Shift of half a pixel (mmdetection's)"),
  hidden: count.max(4096).default(1024).describe("Width of the two linear layers of the box head"),
  maskChannels: count.max(1024).default(256).describe("Channels of the mask head"),
  maskConvolutions: z.number().int().min(1).max(8).default(4).describe(
    "Convolutions of the mask head before it doubles its resolution",
  ),
}).superRefine(({ samples, positiveShare }, context) =>
  requireAnObject(context, samples, positiveShare)
);

const imageSettings = z.strictObject({
  shortSides: z.array(count.min(16).max(4096)).min(1).max(32).default([800]).describe(
    "Short side of training images, pixels; of several, one is drawn for each batch",
  ),
  testShortSide: count.min(16).max(4096).default(800).describe("Short side of test images, pixels"),
  longSide: count.min(16).max(8192).default(1333).describe(
    "Largest long side, pixels; the short one shrinks with it",
  ),
  divisor: count.max(256).default(32).describe("Padded sides are multiples of this"),
  flip: share.default(0.5).describe("Share of training images that are mirrored left to right"),
  oversample: z.number().min(0).max(1).default(0).describe(
    "Images of categories in fewer than this share of images are repeated, as for LVIS (0.001); 0: none",
  ),
  emptyImages: z.boolean().default(true).describe(
    "Whether training images without any object are shown (torchvision); mmdetection leaves them out",
  ),
}).superRefine(({ shortSides, testShortSide, longSide }, context) => {
  const shortest = Math.max(...shortSides, testShortSide);
  if (longSide >= shortest) return;
  context.addIssue({
    code: "custom",
    path: ["longSide"],
    message: `expected at least ${shortest}, the longest of shortSides and testShortSide`,
  });
});

const trainingSettings = z.strictObject({
  batchSize: count.max(1024).default(4).describe("Images in a training step"),
  epochs: positive.max(10_000).default(12).describe("Length in epochs"),
  learningRate: positive.default(2e-4).describe("Peak learning rate of AdamW, after the warm-up"),
  backboneFactor: z.number().min(0).default(0.1).describe(
    "Factor on the learning rate of the student's own parameters; 0 freezes them",
  ),
  weightDecay: z.number().min(0).default(1e-4).describe("Weight decay of AdamW"),
  clipNorm: positive.default(0.1).describe("Largest norm of all gradients together"),
  milestones: z.array(z.number().min(0)).default([8, 11]).describe(
    "Epochs at which the learning rate is multiplied by gamma",
  ),
  gamma: positive.max(1).default(0.1).describe("Factor on the learning rate at each milestone"),
  warmupSteps: z.number().int().min(0).default(500).describe("Steps of linear warm-up"),
  warmupFactor: share.default(0.001).describe(
    "Learning rate at the first step, as a fraction of the peak",
  ),
  smoothL1Beta: z.number().min(0).default(0).describe(
    "Difference below which the loss of boxes is quadratic; 0: L1 (published), 1/9: torchvision's",
  ),
});

const detectionsSettings = z.strictObject({
  scoreThreshold: share.default(0.05).describe("Lowest score of a detection (LVIS: 0.0001)"),
  suppressionIou: share.default(0.5).describe(
    "Overlap with a better detection of its class from which one is dropped",
  ),
  most: count.max(1000).default(100).describe("Detections of an image (LVIS: 300)"),
});

/** A group whose own defaults fill it. */
function group<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape, z.core.$strict>) {
  return schema.prefault({} as never);
}

/** Settings of the detection task. */
export const detectionSettings = z.strictObject({
  features: group(featureSettings),
  anchors: group(anchorSettings),
  proposals: group(proposalSettings),
  regions: group(roiSettings),
  images: group(imageSettings),
  training: group(trainingSettings),
  detections: group(detectionsSettings),
  protocol: z.enum(["coco", "lvis"]).default("coco").describe(
    "Rules of the evaluation: COCO's, or LVIS's with categories that are not labelled everywhere",
  ),
  testImages: count.nullable().default(null).describe(
    "Images of each split that are measured, evenly spread over it; null: all",
  ),
  scenes: z.number().int().min(0).max(24).default(6).describe("Images of each split in the report"),
});

/** Settings of the detection task, complete. */
export type DetectionSettings = z.infer<typeof detectionSettings>;
