/**
 * The numbers of segmentation, as mmsegmentation defines them: pixels are added up over all images,
 * then divided. A class that is in neither truth nor prediction does not count in a mean.
 *
 * @module
 */

import { UndefinedMetricError } from "../../../errors.ts";
import type { Evidence } from "../../../results/evidence.ts";
import type { Metric } from "../../../results/metric.ts";
import { compileBoundaryF } from "./boundary_score.ts";
import { classTable, groupTable } from "./class_columns.ts";
import { type ClassPixels, compileClassPixels, iouOf } from "./class_pixels.ts";

/** The mean of those numbers that are not NaN; NaN where there are none. */
export function meanOfDefined(count: number, value: (index: number) => number): number {
  let sum = 0, defined = 0;
  for (let index = 0; index < count; index++) {
    const one = value(index);
    if (Number.isNaN(one)) continue;
    sum += one;
    defined++;
  }
  return sum / defined;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** A number in percent; NaN over a draw for which it is not defined. */
function percentMetric(
  key: string,
  title: string,
  prepare: (evidence: Evidence) => (weights: Float64Array) => number,
): Metric {
  const compile = (evidence: Evidence) => {
    const value = prepare(evidence);
    if (Number.isNaN(value(new Float64Array(evidence.sampleIds.length).fill(1)))) {
      throw new UndefinedMetricError(
        `Cannot compute ${title}: none of the ${evidence.sampleIds.length} images has a judged ` +
          "pixel that counts for it; leave the metric out for these data",
      );
    }
    return (weights: Float64Array) => 100 * value(weights);
  };
  return {
    key,
    title,
    unit: "%",
    higherIsBetter: true,
    range: [0, 100],
    value: (evidence, weights) => compile(evidence)(weights),
    compile,
  };
}

function pixelMetric(
  key: string,
  title: string,
  value: (pixels: ClassPixels) => number,
  table = classTable,
): Metric {
  return percentMetric(key, title, (evidence) => {
    const sum = compileClassPixels(evidence, table);
    return (weights) => value(sum(weights));
  });
}

const meanIou = (pixels: ClassPixels) =>
  meanOfDefined(pixels.truth.length, (index) => iouOf(pixels, index));

/**
 * Metrics of segmentation, in percent: `meanIou`, `pixelAccuracy` (mmsegmentation's aAcc),
 * `meanAccuracy` (mAcc: the mean over classes of recall) and `frequencyWeightedIou` (the mean of IoU
 * weighted by true pixels). Over a draw without judged pixels they are NaN, so that intervals leave
 * the draw out.
 */
export const segmentationMetrics: readonly Metric[] = [
  pixelMetric("meanIou", "mIoU", meanIou),
  pixelMetric(
    "pixelAccuracy",
    "pixel accuracy",
    ({ intersection, truth }) => total(intersection) / total(truth),
  ),
  pixelMetric(
    "meanAccuracy",
    "mean class accuracy",
    ({ intersection, truth }) =>
      meanOfDefined(truth.length, (index) => intersection[index]! / truth[index]!),
  ),
  pixelMetric("frequencyWeightedIou", "frequency-weighted IoU", (pixels) => {
    const all = total(pixels.truth);
    let sum = 0;
    pixels.truth.forEach((truth, index) => {
      if (truth > 0) sum += truth * iouOf(pixels, index);
    });
    return sum / all;
  }),
];

/** Metric `groupMeanIou`: mIoU of groups of classes, such as Cityscapes' categories. */
export const groupMetrics: readonly Metric[] = [
  pixelMetric("groupMeanIou", "mIoU of groups of classes", meanIou, groupTable),
];

/**
 * Metric `boundaryF`: see `boundary_score.ts`. It is a detail, since only evidence with boundaries has a
 * value of it.
 */
export const boundaryMetrics: readonly Metric[] = [{
  ...percentMetric("boundaryF", "boundary F-score", (evidence) => {
    const scores = compileBoundaryF(evidence);
    return (weights) => {
      const values = scores(weights);
      return meanOfDefined(values.length, (index) => values[index]!);
    };
  }),
  isDetail: true,
}];

/** IoU of one class as a metric, e.g. for its interval: `iou.<index>`. */
export function classIouMetric(index: number, name: string): Metric {
  return pixelMetric(`iou.${index}`, `IoU of ${name}`, (pixels) => iouOf(pixels, index));
}
