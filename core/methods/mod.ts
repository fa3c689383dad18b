/**
 * Pre-training methods: LGD, SEED, supervised, and what a method of your own is written with. A
 * method is a loss over what networks make of views, with state that it carries from step to step.
 *
 * @example The settings of a method, with their defaults
 * ```ts
 * import assert from "node:assert/strict";
 * import { methods } from "@lgd-bench/lgd-bench/methods";
 *
 * assert.deepEqual(methods.names(), ["lgd", "seed", "supervised", "random"]);
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
  NetworkName,
  PreparedMethod,
  StepScope,
} from "./method.ts";
export { random, type RandomSettings } from "./random/random.ts";
export { methods } from "./registry.ts";
export { seed, type SeedSettings } from "./seed/seed.ts";
export { buildStudentExport, type StudentExportOptions } from "./student_export.ts";
export { buildStudentInference, type StudentInferenceOptions } from "./student_inference.ts";
export { supervised, type SupervisedSettings } from "./supervised/supervised.ts";
