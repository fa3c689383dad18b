/**
 * The numbers of each class as plain data for reports.
 *
 * @module
 */

import type { Evidence } from "../../../results/evidence.ts";
import { compileBoundaryF } from "./boundary_score.ts";
import { classTable } from "./class_columns.ts";
import { compileClassPixels, iouOf } from "./class_pixels.ts";

/** One class; numbers in percent, null where it has no pixels that they could be computed from. */
export interface SegmentedClass {
  readonly name: string;
  /** True pixels in parts of all judged pixels. */
  readonly share: number;
  readonly iou: number | null;
  /** True pixels that are predicted so. */
  readonly accuracy: number | null;
  /** Predicted pixels that are so. */
  readonly precision: number | null;
  /** Null too where boundaries were not judged. */
  readonly boundaryF: number | null;
}

/**
 * A row for each class, those that are nowhere included, in the order of the names.
 *
 * @throws {RangeError} if the evidence has more classes than names.
 */
export function segmentationClassTable(
  evidence: Evidence,
  classNames: readonly string[],
): SegmentedClass[] {
  const ones = new Float64Array(evidence.sampleIds.length).fill(1);
  const pixels = compileClassPixels(evidence, classTable)(ones);
  const { intersection, predicted, truth } = pixels;
  if (truth.length > classNames.length) {
    throw new RangeError(`Expected the names of ${truth.length} classes, got ${classNames.length}`);
  }
  const hasBoundaries = evidence.tables[classTable]!.columns["boundaryTruth"] !== undefined;
  const boundaries = hasBoundaries ? compileBoundaryF(evidence)(ones) : undefined;
  const judged = truth.reduce((sum, count) => sum + count, 0);
  const percent = (value = NaN) => Number.isNaN(value) ? null : 100 * value;
  return classNames.map((name, index) => ({
    name,
    share: index < truth.length && judged > 0 ? 100 * truth[index]! / judged : 0,
    iou: percent(iouOf(pixels, index)),
    accuracy: percent(intersection[index]! / truth[index]!),
    precision: percent(intersection[index]! / predicted[index]!),
    boundaryF: percent(boundaries?.[index]),
  }));
}
