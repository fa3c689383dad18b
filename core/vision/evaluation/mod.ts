/**
 * Evaluation of detection and instance segmentation (COCO's and LVIS's average precision, TIDE's
 * errors, precision–recall curves) and of semantic segmentation (mIoU, accuracies, boundaries), all
 * computed from evidence, so that intervals and paired differences come from `@lgd-bench/lgd-bench/results`.
 *
 * @example Average precision of one image with two objects, of which one is found
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   cocoMetrics,
 *   cocoSummary,
 *   DetectionEvidenceBuilder,
 *   errorBreakdown,
 * } from "@lgd-bench/lgd-bench/vision/evaluation";
 *
 * const builder = new DetectionEvidenceBuilder({ categories: 2 });
 * builder.add({
 *   id: "first",
 *   height: 60,
 *   width: 80,
 *   truth: {
 *     kind: "instances",
 *     boxes: Float32Array.of(0, 0, 20, 20, 40, 10, 70, 50),
 *     categories: Uint32Array.of(0, 1),
 *     crowd: new Uint8Array(2),
 *     masks: [],
 *   },
 *   detections: {
 *     boxes: Float32Array.of(0, 0, 20, 20, 40, 10, 70, 50),
 *     scores: Float32Array.of(0.9, 0.8),
 *     labels: Uint32Array.of(0, 0),
 *   },
 * });
 * const evidence = builder.build();
 * assert.equal(cocoSummary(evidence, "box")["boxAp"], 50);
 * assert.equal(errorBreakdown(evidence, "box").errors[0]!.count, 1);
 *
 * // As a metric it can be computed over any draw of images: `metricInterval` draws them.
 * const [ap] = cocoMetrics("box");
 * assert.equal(ap!.value(evidence, Float64Array.of(3)), 50);
 * ```
 *
 * @module
 */

export { type CategoryRow, categoryTable } from "./category_table.ts";
export { classAgnosticMetrics, cocoMetrics, lvisMetrics } from "./coco_metrics.ts";
export { type ErrorKind, errorKinds } from "./detection_errors.ts";
export { DetectionEvidenceBuilder, type DetectionEvidenceOptions } from "./detection_evidence.ts";
export { type ErrorBreakdown, errorBreakdown, type ErrorShare } from "./error_breakdown.ts";
export { type ErrorFix, errorMetrics } from "./error_metrics.ts";
export type { JudgedImage } from "./judged_image.ts";
export {
  type PrecisionRecallCurves,
  precisionRecallCurves,
  type PrecisionRecallOptions,
} from "./precision_recall.ts";
export type { AreaName, EvaluationProtocol, RegionKind } from "./protocol.ts";
export type { ClassMap, JudgedMap } from "./segmentation/judged_map.ts";
export {
  SegmentationEvidenceBuilder,
  type SegmentationEvidenceOptions,
} from "./segmentation/segmentation_evidence.ts";
export {
  boundaryMetrics,
  classIouMetric,
  groupMetrics,
  segmentationMetrics,
} from "./segmentation/segmentation_metrics.ts";
export { segmentationClassTable, type SegmentedClass } from "./segmentation/segmentation_table.ts";
export { classAgnosticSummary, cocoSummary, lvisSummary } from "./summary.ts";
