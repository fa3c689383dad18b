/**
 * The numbers of each category as plain data for reports.
 *
 * @module
 */

import type { Evidence } from "../../results/evidence.ts";
import { rankScope, readScope } from "./detection_metrics.ts";
import { weighCounts } from "./object_counts.ts";
import { countBits, rightThresholds } from "./outcome.ts";
import {
  type AreaName,
  iouThresholds,
  recallThresholds,
  type RegionKind,
  thresholdIndex,
} from "./protocol.ts";

/** One category; numbers in percent, null where no object counts for them. */
export interface CategoryRow {
  readonly name: string;
  /** Objects that count, crowd regions not among them. */
  readonly truth: number;
  /** Detections that were judged. */
  readonly detections: number;
  readonly ap: number | null;
  readonly ap50: number | null;
  readonly ap75: number | null;
  readonly apSmall: number | null;
  readonly apMedium: number | null;
  readonly apLarge: number | null;
  /** Average recall with all judged detections. */
  readonly ar: number | null;
}

/** Numbers of each category in one area range. */
interface AreaNumbers {
  readonly objects: Float64Array;
  readonly detections: Float64Array;
  /** AP at each threshold, 0 to 100. */
  readonly precisions: (category: number) => number[] | null;
  readonly recall: (category: number) => number | null;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function areaNumbers(
  evidence: Evidence,
  kind: RegionKind,
  area: AreaName,
  categories: number,
): AreaNumbers {
  const scoped = readScope(evidence, { kind, area });
  const reader = rankScope(scoped);
  const ones = new Float64Array(evidence.sampleIds.length).fill(1);
  const objects = new Float64Array(Math.max(categories, scoped.categories));
  weighCounts(scoped.counts, ones, objects);
  const right = new Float64Array(objects.length), detections = new Float64Array(objects.length);
  scoped.category.forEach((category, row) => {
    detections[category]!++;
    right[category]! += countBits(rightThresholds(scoped.outcome[row]!));
  });
  const thresholds = iouThresholds.length;
  return {
    objects,
    detections,
    precisions: (category) =>
      objects[category]! > 0
        ? Array.from(
          iouThresholds,
          (_, threshold) =>
            100 * reader.sum(category * thresholds + threshold, ones, objects[category]!) /
            recallThresholds.length,
        )
        : null,
    recall: (category) =>
      objects[category]! > 0 ? 100 * right[category]! / (thresholds * objects[category]!) : null,
  };
}

/**
 * A row for each category, those without objects included, in the order of the names.
 *
 * @throws {TaskError} if `kind` was not judged.
 * @throws {RangeError} if the evidence has more categories than names.
 */
export function categoryTable(
  evidence: Evidence,
  kind: RegionKind,
  classNames: readonly string[],
): CategoryRow[] {
  const [all, small, medium, large] = (["all", "small", "medium", "large"] as const)
    .map((area) => areaNumbers(evidence, kind, area, classNames.length)) as [
      AreaNumbers,
      AreaNumbers,
      AreaNumbers,
      AreaNumbers,
    ];
  if (all.objects.length > classNames.length) {
    throw new RangeError(
      `Expected the names of ${all.objects.length} categories, got ${classNames.length}`,
    );
  }
  const ap = (numbers: AreaNumbers, category: number) => {
    const precisions = numbers.precisions(category);
    return precisions === null ? null : mean(precisions);
  };
  return classNames.map((name, category) => {
    const precisions = all.precisions(category);
    return {
      name,
      truth: all.objects[category]!,
      detections: all.detections[category]!,
      ap: ap(all, category),
      ap50: precisions?.[thresholdIndex(0.5)] ?? null,
      ap75: precisions?.[thresholdIndex(0.75)] ?? null,
      apSmall: ap(small, category),
      apMedium: ap(medium, category),
      apLarge: ap(large, category),
      ar: all.recall(category),
    };
  });
}
