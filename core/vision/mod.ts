/**
 * Boxes, masks and pooled features: what detection and segmentation are made of on the host's side. Results
 * are those of torchvision and pycocotools.
 *
 * @example Boxes that overlap, and a mask of a polygon
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   maskArea,
 *   rasterizePolygons,
 *   suppress,
 *   toRunLengthString,
 * } from "@lgd-bench/lgd-bench/vision";
 *
 * const boxes = Float32Array.of(0, 0, 10, 10, 1, 1, 10, 10, 20, 20, 30, 30);
 * assert.deepEqual([...suppress(boxes, Float32Array.of(0.9, 0.8, 0.7), 0.5)], [0, 2]);
 *
 * const square = rasterizePolygons([Float64Array.of(1, 1, 4, 1, 4, 3, 1, 3)], 5, 6);
 * assert.equal(maskArea(square), 6);
 * assert.equal(toRunLengthString(square), "6230009");
 * ```
 *
 * @module
 */

export type { ImageSize } from "../data/decoding/image_header.ts";
export { type AnchorSettings, anchorsPerCell, cellAnchors, placeAnchors } from "./anchors.ts";
export { type BalancedSample, sampleBalanced, type SampleSize } from "./balanced_sample.ts";
export { batchOfImages, type ImageBatchOptions } from "./batches/batch_of_images.ts";
export type { BatchRoomOptions } from "./batches/batch_room.ts";
export { repeatFactors } from "./batches/repeat_factors.ts";
export { resizedSize, type ResizeRule } from "./batches/resize_rule.ts";
export {
  openSegmentationBatches,
  type SegmentationBatch,
  type SegmentationBatches,
  type SegmentationBatchesOptions,
} from "./batches/segmentation_batches.ts";
export type { ShapeOptions } from "./batches/shape_buckets.ts";
export {
  openTestBatches,
  type TestBatches,
  type TestBatchesOptions,
} from "./batches/test_batches.ts";
export {
  type DetectionBatches,
  type DetectionBatchesOptions,
  openDetectionBatches,
} from "./batches/training_batches.ts";
export { BoxCoder, type CoderWeights, detectionWeights, proposalWeights } from "./box_coder.ts";
export { boxAreas, boxIou, clipBoxes, scaleBoxes, takeBoxes } from "./boxes.ts";
export type { DetectionBatch, DetectionTruth } from "./detection_batch.ts";
export type { Detections } from "./detections.ts";
export type { FeatureLayout, FeatureLevel } from "./feature_maps.ts";
export { assignLevels, type PyramidLevels } from "./level_mapper.ts";
export { pasteMask } from "./mask_paste.ts";
export { projectMasks } from "./mask_targets.ts";
export { belowThreshold, betweenThresholds, matchBoxes, type MatchOptions } from "./match_boxes.ts";
export { rasterizePolygon, rasterizePolygons } from "./polygons.ts";
export { type RegionsOfInterest, RoiAligner, type RoiAlignOptions } from "./roi_align.ts";
export {
  decodeMask,
  encodeMask,
  maskArea,
  maskBox,
  maskFromCounts,
  mostMaskPixels,
  type PixelWindow,
  type RunLengthMask,
} from "./run_length.ts";
export { maskIou, mergeMasks, sharedArea } from "./run_length_overlap.ts";
export { fromRunLengthString, toRunLengthString } from "./run_length_string.ts";
export { orderByScore, topScores } from "./score_order.ts";
export { suppress, suppressWithin } from "./suppression.ts";
