/**
 * All numbers of a benchmark at once, as its own program prints them.
 *
 * @module
 */

import type { Evidence } from "../../results/evidence.ts";
import { classAgnosticNumbers, cocoNumbers, lvisNumbers } from "./coco_metrics.ts";
import { compileNumber, type DetectionNumber } from "./detection_metrics.ts";
import type { RegionKind } from "./protocol.ts";

function summarize(
  evidence: Evidence,
  numbers: readonly DetectionNumber[],
): Record<string, number> {
  const ones = new Float64Array(evidence.sampleIds.length).fill(1);
  return Object.fromEntries(numbers.map((number) => {
    const value = compileNumber(evidence, number)(ones);
    return [number.key, Number.isNaN(value) ? -1 : value];
  }));
}

/**
 * The twelve numbers of COCO over all images by the keys of `cocoMetrics`, in percent; −1 where no
 * object counts, as in pycocotools.
 *
 * @throws {TaskError} if `kind` was not judged.
 */
export function cocoSummary(evidence: Evidence, kind: RegionKind): Record<string, number> {
  return summarize(evidence, cocoNumbers(kind));
}

/** The same regardless of categories, by the keys of `classAgnosticMetrics`. */
export function classAgnosticSummary(evidence: Evidence, kind: RegionKind): Record<string, number> {
  return summarize(evidence, classAgnosticNumbers(kind));
}

/** The thirteen numbers of LVIS by the keys of `lvisMetrics`. */
export function lvisSummary(evidence: Evidence, kind: RegionKind): Record<string, number> {
  return summarize(evidence, lvisNumbers(kind));
}
