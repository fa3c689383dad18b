/**
 * The numbers of COCO and LVIS.
 *
 * @module
 */

import type { Metric } from "../../results/metric.ts";
import { frequencies } from "./detection_evidence.ts";
import { detectionMetric, type DetectionNumber } from "./detection_metrics.ts";
import { type AreaName, lvisDetectionLimit, type RegionKind, thresholdIndex } from "./protocol.ts";

const sizes = [["Small", "small"], ["Medium", "medium"], ["Large", "large"]] as const;

/** Average precisions that COCO and LVIS share. */
function precisions(kind: RegionKind): DetectionNumber[] {
  const number = (suffix: string, title: string, scope: Partial<DetectionNumber> = {}) => ({
    kind,
    key: `${kind}Ap${suffix}`,
    title: `${kind} AP${title}`,
    what: "precision" as const,
    ...scope,
  });
  return [
    number("", ""),
    number("50", "50", { thresholds: [thresholdIndex(0.5)] }),
    number("75", "75", { thresholds: [thresholdIndex(0.75)] }),
    ...sizes.map(([suffix, area]) => number(suffix, ` of ${area} objects`, { area })),
  ];
}

function recall(
  kind: RegionKind,
  suffix: string,
  title: string,
  scope: { readonly area?: AreaName; readonly limit?: number },
): DetectionNumber {
  return { kind, key: `${kind}Ar${suffix}`, title: `${kind} AR${title}`, what: "recall", ...scope };
}

function sizedRecalls(kind: RegionKind): DetectionNumber[] {
  return sizes.map(([suffix, area]) => recall(kind, suffix, ` of ${area} objects`, { area }));
}

/** The twelve numbers of COCO, in the order of pycocotools. */
export function cocoNumbers(kind: RegionKind): DetectionNumber[] {
  return [
    ...precisions(kind),
    ...[1, 10, 100].map((limit) => recall(kind, `${limit}`, `@${limit}`, { limit })),
    ...sizedRecalls(kind),
  ];
}

/**
 * The same regardless of categories, all but AR@1 and AR@10: those of pycocotools with `useCats = 0` on
 * the class-agnostic detections, or on all where the detector gave none. Detections that were suppressed
 * within each class count an object once for every class that it was taken for; so all but one of them
 * would be wrong.
 */
export function classAgnosticNumbers(kind: RegionKind): DetectionNumber[] {
  const kept = cocoNumbers(kind).filter(({ limit = 100 }) => limit === 100);
  // The evidence holds the best 100 of an image; rows do not lie in their order.
  return kept.map(({ limit: _limit, ...number }) => ({
    ...number,
    anyClass: true,
    key: `classAgnostic${number.key[0]!.toUpperCase()}${number.key.slice(1)}`,
    title: `class-agnostic ${number.title}`,
  }));
}

/** The thirteen numbers of LVIS, in the order of the lvis package. */
export function lvisNumbers(kind: RegionKind): DetectionNumber[] {
  return [
    ...precisions(kind),
    ...frequencies.map((name, frequency): DetectionNumber => ({
      kind,
      key: `${kind}Ap${name[0]!.toUpperCase()}${name.slice(1)}`,
      title: `${kind} AP of ${name} categories`,
      what: "precision",
      frequency,
    })),
    recall(kind, `${lvisDetectionLimit}`, `@${lvisDetectionLimit}`, {}),
    ...sizedRecalls(kind),
  ];
}

/** Metrics of COCO: `boxAp`, `boxAp50`, `boxAp75`, `boxApSmall` … `boxArLarge`, in percent. */
export function cocoMetrics(kind: RegionKind): Metric[] {
  return cocoNumbers(kind).map(detectionMetric);
}

/** Metrics that do not ask for the category: `classAgnosticBoxAp50` and others, in percent. */
export function classAgnosticMetrics(kind: RegionKind): Metric[] {
  return classAgnosticNumbers(kind).map(detectionMetric);
}

/** Metrics of LVIS: `boxAp`, `boxApRare` and others, in percent. */
export function lvisMetrics(kind: RegionKind): Metric[] {
  return lvisNumbers(kind).map(detectionMetric);
}
