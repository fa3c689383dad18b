/**
 * Pre-training methods: LGD, SEED, supervised, and what a method of your own is written with. A
 * method is a loss over what networks make of views, with state that it carries from step to step.
 *
 * @example The settings of a method, with their defaults
 * ```ts
 * import assert from "node:assert/strict";
 * import { methods } from "@lgd-bench/lgd-bench/methods";
 *
 * assert(methods.names().includes("moco-v2"));
 * const { needs, settings } = methods.get("seed");
 * assert.equal(needs.teacher, "image");
 * assert.equal((settings.parse({}) as { queueSize: number }).queueSize, 65536);
 * ```
 *
 * @module
 */

export {
  type Backbone,
  type BackboneFeatures,
  type BackboneLevel,
  backboneLevels,
  type FeatureOptions,
  traceBackbone,
} from "./backbone.ts";
export { labelCrossEntropy, rowDot, softCrossEntropy, type Temperatures } from "./cross_entropy.ts";
export type { DenseEmbeddings, DenseEncoder, DenseOptions } from "./dense_encoder.ts";
export { buildDistillationStep, type DistillationStepOptions } from "./distillation_step.ts";
export { bingo, type BingoSettings } from "./bingo/bingo.ts";
export { compress, type CompressSettings } from "./compress/compress.ts";
export { disco, type DiscoSettings } from "./disco/disco.ts";
export {
  featureRegression,
  type FeatureRegressionSettings,
} from "./feature_regression/feature_regression.ts";
export { infoNce, queueSimilarities } from "./info_nce.ts";
export { lgd, type LgdSettings } from "./lgd/lgd.ts";
export type {
  BatchSampler,
  Head,
  LossOutputs,
  Method,
  MethodContext,
  MethodNeeds,
  MethodState,
  MethodTeacher,
  MethodText,
  MixedOutput,
  NetworkName,
  PreparedMethod,
  StepScope,
} from "./method.ts";
export { type MocoSettings, mocoV2 } from "./moco_v2/moco_v2.ts";
export {
  assertQueueSize,
  assertSingleReplica,
  enqueue,
  initialQueue,
  type QueueOptions,
} from "./queue.ts";
export { random, type RandomSettings } from "./random/random.ts";
export { methods } from "./registry.ts";
export { seed, type SeedSettings } from "./seed/seed.ts";
export { buildStudentExport, type StudentExportOptions } from "./student_export.ts";
export { buildStudentInference, type StudentInferenceOptions } from "./student_inference.ts";
export { smd, type SmdSettings } from "./smd/smd.ts";
export { supervised, type SupervisedSettings } from "./supervised/supervised.ts";
