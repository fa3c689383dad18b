/**
 * The numbers of COCO's evaluation, which LVIS took over: thresholds, area ranges, limits.
 *
 * Source: `Params.setDetParams` of pycocotools' `cocoeval.py` and `Params` of the lvis package.
 *
 * @module
 */

/** What the overlap of a detection and an object is measured on. */
export type RegionKind = "box" | "mask";

/**
 * - `coco`: at most 100 detections of an image and category; crowd regions take any number.
 * - `lvis`: at most 300 detections of an image. Where the annotation says which categories the image
 *   was labelled for (`federated`), all others are left out, and surplus detections of those labelled
 *   in part only are ignored. There are no crowd regions: what is marked so never counts.
 */
export type EvaluationProtocol = "coco" | "lvis";

/** Sizes of objects, in the order of {@linkcode areaRanges}. */
export const areaNames = ["all", "small", "medium", "large"] as const;

/** One of {@linkcode areaNames}. */
export type AreaName = typeof areaNames[number];

/** Least and greatest area in square pixels; both belong to the range. */
export const areaRanges: Readonly<Record<AreaName, readonly [number, number]>> = {
  all: [0, 1e5 ** 2],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e5 ** 2],
};

/** Equally spaced numbers, to the bits of `numpy.linspace`. */
function linspace(start: number, stop: number, count: number): Float64Array {
  const step = (stop - start) / (count - 1);
  const values = Float64Array.from({ length: count }, (_, index) => index * step + start);
  values[count - 1] = stop;
  return values;
}

/** Overlaps from which on a detection is right: 0.5, 0.55, … 0.95. */
export const iouThresholds: Float64Array = linspace(0.5, 0.95, 10);

/** Recalls at which precision is read: 0, 0.01, … 1. */
export const recallThresholds: Float64Array = linspace(0, 1, 101);

/** Detections of an image and category that COCO judges, the best first. */
export const cocoDetectionLimit = 100;

/** Detections of an image, over all categories, that LVIS judges, the best first. */
export const lvisDetectionLimit = 300;

/** Index of a threshold, e.g. 0.75. @throws {RangeError} if there is none. */
export function thresholdIndex(iou: number): number {
  const index = iouThresholds.findIndex((threshold) => Math.abs(threshold - iou) < 1e-9);
  if (index < 0) {
    throw new RangeError(`Expected an IoU of ${[...iouThresholds].join(", ")}, got ${iou}`);
  }
  return index;
}
