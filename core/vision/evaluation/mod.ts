/**
 * Evaluation of detection and instance segmentation: COCO's and LVIS's average precision, TIDE's
 * errors, precision–recall curves, all computed from evidence, so that intervals and paired
 * differences come from `@lgd-bench/lgd-bench/results`.
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
export { classAgnosticSummary, cocoSummary, lvisSummary } from "./summary.ts";
