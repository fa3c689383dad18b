/**
 * Precision–recall curves as plain data for reports.
 *
 * @module
 */

import type { Evidence } from "../../results/evidence.ts";
import { rankScope, readScope } from "./detection_metrics.ts";
import { weighCounts } from "./object_counts.ts";
import { type AreaName, iouThresholds, recallThresholds, type RegionKind } from "./protocol.ts";

/** Which curves. */
export interface PrecisionRecallOptions {
  /** @default {"all"} */
  readonly area?: AreaName;
  /** One category, by index; the mean over those with objects where absent. */
  readonly category?: number;
  /** Whether a detection may match an object of any category. @default {false} */
  readonly anyClass?: boolean;
}

/** Precision at equally spaced recalls. */
export interface PrecisionRecallCurves {
  /** 0, 0.01, … 1. */
  readonly recall: number[];
  /** For each IoU threshold from 0.5 to 0.95 the precision at each recall, 0 to 1. */
  readonly curves: { readonly iou: number; readonly precision: number[] }[];
  /** Categories with objects, of which the curves are the mean; 0 where there is nothing to draw. */
  readonly categories: number;
}

/** The curves over all images; all 0 where no object counts. */
export function precisionRecallCurves(
  evidence: Evidence,
  kind: RegionKind,
  { area = "all", category, anyClass = false }: PrecisionRecallOptions = {},
): PrecisionRecallCurves {
  const scoped = readScope(evidence, { kind, area, anyClass });
  const reader = rankScope(scoped);
  const ones = new Float64Array(evidence.sampleIds.length).fill(1);
  const objects = new Float64Array(scoped.categories);
  weighCounts(scoped.counts, ones, objects);
  const chosen = Array.from(objects.keys())
    .filter((index) => objects[index]! > 0 && (category === undefined || index === category));
  const precision = new Float64Array(recallThresholds.length);
  return {
    recall: [...recallThresholds],
    curves: Array.from(iouThresholds, (iou, threshold) => {
      const mean = new Float64Array(recallThresholds.length);
      for (const index of chosen) {
        reader.sum(index * iouThresholds.length + threshold, ones, objects[index]!, precision);
        for (let place = 0; place < mean.length; place++) {
          mean[place]! += precision[place]! / chosen.length;
        }
      }
      return { iou, precision: [...mean] };
    }),
    categories: chosen.length,
  };
}
