/**
 * The settings of a table's protocol: names, types, limits and meaning of every key that a recipe
 * or `--set` can give.
 *
 * @module
 */

import { z } from "zod";

const positive = z.number().positive();
const count = z.number().int().positive();
const share = z.number().min(0).max(1);
const templates = z.enum(["imagenet-80", "emoji", "name"]);

/** Largest side of the images in pixels, and factor on the channels, that a student is built for. */
export const largestStudent = { imageSize: 1024, widthMultiplier: 4 } as const;

/** Settings of the pre-training; the published values are those of the official LGD and SEED code. */
export const pretrainSchema = z.strictObject({
  algorithms: z.string().regex(/^(rules|measured|file:.+)$/, "wanted rules, measured or file:PATH")
    .describe(
      "Algorithms of the convolutions: by rules, measured on this machine, or file:PATH",
    ),
  imageSize: count.max(largestStudent.imageSize).describe(
    "Pixels on a side of the student's images",
  ),
  widthMultiplier: positive.max(largestStudent.widthMultiplier).describe(
    "Factor on every channel count of the student",
  ),
  batchSize: count.min(2, "BatchNorm takes its statistics from the batch: wanted 2 images or more")
    .describe("Images in a training step"),
  replicas: count.max(64).describe(
    "Equal parts of a batch that train side by side, each with a thread and BatchNorm statistics of its own",
  ),
  viewsPerImage: count.describe("Different augmented views of each training image"),
  learningRate: positive.describe(
    "Peak learning rate, after the warm-up; the published rule is 0.03 × batchSize / 256",
  ),
  warmupEpochs: z.number().min(0).describe("Epochs of linear warm-up"),
  warmupFactor: share.describe("Learning rate at the first step, as a fraction of the peak"),
  schedule: z.enum(["cosine-epoch", "cosine", "constant"]).describe(
    "Learning rate after the warm-up: cosine set once an epoch (published), at every step, or constant",
  ),
  momentum: share.describe("Momentum of SGD"),
  weightDecay: z.number().min(0).describe("Weight decay of SGD"),
  temperatureStudent: positive.describe("Temperature of the student's logits"),
  temperatureTeacher: positive.describe("Temperature of the teacher's logits"),
  alpha: share.describe("Weight of the visual loss of LGD; the textual one has 1 − alpha"),
  bankMomentum: share.describe("Momentum of the visual bank of LGD"),
  renormalizeBank: z.boolean().describe(
    "Bring the entries of the visual bank back to unit length after an update (not in the official code)",
  ),
  prependPositive: z.boolean().describe(
    "Put the teacher's embedding of the same image before the visual bank, as the official code does",
  ),
  queueSize: count.describe("Teacher embeddings that SEED compares with"),
  templates: templates.describe("Prompt templates of the text bank"),
});

/** Settings of the linear probe. */
export const linearProbeSchema = z.strictObject({
  learningRate: positive.describe("Peak learning rate; the published rule is 30 × batchSize / 256"),
  batchSize: count.describe("Images in a training step"),
  epochs: positive.describe("Length in epochs"),
  warmupEpochs: z.number().min(0).describe("Epochs of linear warm-up"),
  warmupFactor: share.describe("Learning rate at the first step, as a fraction of the peak"),
  milestones: z.array(z.number().min(0)).describe(
    "Epochs at which the rate is multiplied by gamma",
  ),
  gamma: positive.max(1).describe("Factor on the learning rate at each milestone"),
  momentum: share.describe("Momentum of SGD"),
  weightDecay: z.number().min(0).describe("Weight decay of SGD"),
  viewsPerImage: count.describe("Different augmented views of each training image"),
});

/** Settings of the zero-shot classification. */
export const zeroShotSchema = z.strictObject({
  templates: templates.describe("Prompt templates of the class names"),
});

/** Settings of every evaluation. */
export const evaluationSchema = z.strictObject({
  views: count.max(100).describe("Fixed views of each test image; the image is the sampling unit"),
  splits: z.array(z.enum(["val", "ood", "dev"])).min(1).describe("Artists (or folders) tested on"),
});

/** Everything about a table that a size or `--set` may change. */
export const protocolSchema = z.strictObject({
  data: z.record(z.string(), z.string().min(1)).describe(
    "Data set of each role: an embedded one or imagefolder:PATH",
  ),
  text: z.record(z.string(), z.string().min(1)).default({}).describe(
    "Class names of each role where they are not its data set's: a data set or file:PATH",
  ),
  teachers: z.record(z.string(), z.string().min(1)).describe("Teacher of each role"),
  students: z.record(z.string(), z.string().min(1)).describe("Student of each role"),
  lengths: z.record(z.string(), positive).describe("Lengths of pre-training in epochs"),
  pretrain: pretrainSchema,
  byStudent: z.record(z.string(), pretrainSchema.partial()).default({}).describe(
    "Settings of the pre-training that differ for one student role",
  ),
  zeroShot: zeroShotSchema,
  linearProbe: linearProbeSchema,
  evaluation: evaluationSchema,
});

/** Settings of the pre-training. */
export type PretrainProtocol = z.infer<typeof pretrainSchema>;
/** Settings of the linear probe. */
export type LinearProbeProtocol = z.infer<typeof linearProbeSchema>;
/** Settings of the zero-shot classification. */
export type ZeroShotProtocol = z.infer<typeof zeroShotSchema>;
/** Settings of every evaluation. */
export type EvaluationProtocol = z.infer<typeof evaluationSchema>;
/** Everything about a table that a size or `--set` may change. */
export type Protocol = z.infer<typeof protocolSchema>;

/** One key of the protocol, for listings. */
export interface ProtocolKey {
  /** Dotted path as `--set` takes it. */
  readonly path: string;
  /** What it means. */
  readonly description: string;
}

/** Every key of the protocol with its meaning. */
export function protocolKeys(): ProtocolKey[] {
  const keys: ProtocolKey[] = [];
  for (const [name, schema] of Object.entries(protocolSchema.shape)) {
    if (schema instanceof z.ZodObject) {
      for (const [key, inner] of Object.entries(schema.shape)) {
        keys.push({ path: `${name}.${key}`, description: inner.description ?? "" });
      }
    } else keys.push({ path: `${name}.ROLE`, description: schema.description ?? "" });
  }
  return keys;
}
