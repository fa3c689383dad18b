/**
 * Tasks: what a model is measured by, and what a task of your own is written with. A task hands back
 * evidence, a row or several for each image; its metrics read that, and intervals and paired
 * differences come from the same code for all of them.
 *
 * @example What the tasks are and what they need
 * ```ts
 * import assert from "node:assert/strict";
 * import { tasks } from "@lgd-bench/lgd-bench/tasks";
 *
 * const { needs, metrics } = tasks.get("zero-shot");
 * assert.deepEqual(needs.model, ["embeddings", "text"]);
 * assert.equal(metrics[0]!.key, "top1");
 * ```
 *
 * @module
 */

export {
  accuracy,
  accuracyEvidence,
  type Metric,
  onePerSample,
  sampleMeanMetric,
} from "../core/results/metric.ts";
export type { Evidence, EvidenceTable } from "../core/results/evidence.ts";
export {
  argMax,
  classificationTask,
  classifySplits,
  countTestViews,
  countTrainImages,
  type LabelledDataset,
  loadTrainViews,
  predictionEvidence,
  publishedTemplates,
  rightPerSample,
  templatesSetting,
  type ViewClassifier,
  viewLabels,
  viewsPerImageSetting,
} from "./classification.ts";
export { tasks } from "./registry.ts";
export { type RunContext, runTask } from "./run_task.ts";
export {
  type CropOptions,
  type OpenCropBatches,
  type OpenedCropBatches,
  segmentationTask,
} from "./segmentation/segmentation.ts";
export { PixelClassifier, type SegmenterInference } from "./segmentation/pixel_classifier.ts";
export { Segmenter, type SegmenterOptions } from "./segmentation/segmenter.ts";
export { segmenterSpecs } from "./segmentation/segmenter_inference.ts";
export type { HeadName, LevelName, SegmenterSpec } from "./segmentation/spec.ts";
export {
  assertMeasurable,
  type Cost,
  type CostContext,
  type MeasuredBackbone,
  type MeasuredModel,
  type ModelPart,
  modelParts,
  noModel,
  resolveTaskSettings,
  type Task,
  type TaskContext,
  type TaskFitOptions,
} from "./task.ts";
