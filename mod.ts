/**
 * lgd-bench: language-guided distillation of small vision models, and its measurement.
 *
 * This module has the functions behind the commands, and the contracts of what can be plugged in.
 * What they are made of is in modules of its own: `./methods`, `./students`, `./teachers`, `./data`,
 * `./text`, `./tasks`, `./results`, `./reports`, `./store`, and below them `./train`, `./optim`,
 * `./nn`, `./autodiff`, `./onnx`, `./engine`.
 *
 * @example Distil, measure and export a student
 * ```ts ignore
 * import { distill, evaluate, exportStudent } from "@lgd-bench/lgd-bench";
 *
 * const { student } = await distill({ method: "lgd", student: "resnet18", out: "runs/mine" });
 * const { metrics } = await evaluate({ checkpoint: student, task: "zero-shot" });
 * for (const { split, value, ci95 } of metrics[0]!.splits) console.log(split, value, ci95);
 * const { onnx } = await exportStudent({ checkpoint: student });
 * ```
 *
 * @module
 */

export {
  ConfigError,
  DataError,
  EngineError,
  GraphError,
  InterruptedError,
  LgdBenchError,
  NonFiniteLossError,
  TaskError,
  TryAgainError,
  WriteError,
} from "./core/errors.ts";
export type { Dataset } from "./core/data/dataset.ts";
export type { Method } from "./core/methods/method.ts";
export { Registry } from "./core/registry.ts";
export type { Evidence } from "./core/results/evidence.ts";
export type { Metric } from "./core/results/metric.ts";
export type { ResultFile } from "./core/results/result.ts";
export { formatResult, parseResult } from "./core/results/result_schema.ts";
export {
  type CocoDetection,
  detect,
  type DetectedImage,
  type DetectionsDocument,
  type DetectOptions,
  type DetectOutcome,
} from "./pipeline/detect.ts";
export { distill, type DistillOptions, type DistillOutcome } from "./pipeline/distill.ts";
export {
  evaluate,
  type EvaluatedMetric,
  type EvaluatedSplit,
  type EvaluateOptions,
  type Evaluation,
} from "./pipeline/evaluate.ts";
export { type ExportOptions, type ExportOutcome, exportStudent } from "./pipeline/export.ts";
export {
  type DetectorDifference,
  exportDetector,
  type ExportDetectorOptions,
  type ExportDetectorOutcome,
} from "./pipeline/export_detector.ts";
export {
  exportSegmenter,
  type ExportSegmenterOptions,
  type ExportSegmenterOutcome,
  type SegmenterDifference,
} from "./pipeline/export_segmenter.ts";
export type { PipelineEvent } from "./pipeline/messages.ts";
export { type LoadedPlugin, loadPlugins, type Plugin } from "./pipeline/plugins.ts";
export { reproduce, type ReproduceOptions, type ReproduceOutcome } from "./pipeline/reproduce.ts";
export {
  type AllOutcome,
  reproduceAll,
  type ReproduceAllOptions,
  type TableOutcome,
} from "./pipeline/reproduce_all.ts";
export {
  type ClassShare,
  type DrawnShare,
  segment,
  type SegmentationDocument,
  type SegmentedImage,
  type SegmentOptions,
  type SegmentOutcome,
} from "./pipeline/segment.ts";
export { compareResults, renderComparison } from "./reports/compare.ts";
export { drawDetections } from "./reports/draw_detections.ts";
export { drawSegmentation } from "./reports/draw_segmentation.ts";
export { renderReport } from "./reports/report.ts";
export { renderTextTable } from "./reports/text_table.ts";
export type { Student } from "./students/student.ts";
export type { Task } from "./tasks/task.ts";
export type { Teacher, TeacherLoader } from "./teachers/teacher.ts";
