/**
 * TIDE's error breakdown as plain data for reports.
 *
 * @module
 */

import { type Evidence, evidenceColumn } from "../../results/evidence.ts";
import { errorTable, missedTable } from "./columns.ts";
import { type ErrorKind, errorKinds } from "./detection_errors.ts";
import { compileErrorCost, compileFixedPrecision, errorTitles } from "./error_metrics.ts";
import type { RegionKind } from "./protocol.ts";

/** One kind of error. */
export interface ErrorShare {
  readonly key: ErrorKind;
  /** Name for the reader. */
  readonly title: string;
  /** How many detections, or for `missed` objects, have it; those in ignored regions included. */
  readonly count: number;
  /** Points of AP50 gained by fixing all of them. */
  readonly deltaAp: number;
}

/** What keeps AP50 from being 100. */
export interface ErrorBreakdown {
  /** By TIDE's definition, in percent; null where there is neither detection nor object. */
  readonly ap50: number | null;
  /** In the order of the paper; they do not add up. */
  readonly errors: ErrorShare[];
  /** Points of AP50 gained if no false positive had a score above that of a right detection. */
  readonly falsePositive: number;
  /** Points of AP50 gained if the objects that are not found did not exist. */
  readonly falseNegative: number;
}

/** The error breakdown over all images. @throws {TaskError} if `kind` was not judged. */
export function errorBreakdown(evidence: Evidence, kind: RegionKind): ErrorBreakdown {
  const ones = new Float64Array(evidence.sampleIds.length).fill(1);
  const { values: error } = evidenceColumn(evidence, errorTable(kind), "error");
  const { values: missed } = evidenceColumn(evidence, missedTable(kind), "missed");
  const counts = new Float64Array(1 + errorKinds.length);
  for (const code of error) counts[code]!++;
  counts[1 + errorKinds.indexOf("missed")] = missed.reduce((sum, count) => sum + count, 0);
  const ap50 = compileFixedPrecision(evidence, kind)(ones);
  const isDefined = !Number.isNaN(ap50);
  const costOf = (fix: Parameters<typeof compileErrorCost>[2]) => {
    const cost = isDefined ? compileErrorCost(evidence, kind, fix)(ones) : 0;
    // Without every category that had only errors nothing may be left to be averaged.
    return Number.isNaN(cost) ? 0 : cost;
  };
  return {
    ap50: isDefined ? ap50 : null,
    errors: errorKinds.map((key, index) => ({
      key,
      title: errorTitles[key],
      count: counts[1 + index]!,
      deltaAp: costOf(key),
    })),
    falsePositive: costOf("falsePositive"),
    falseNegative: costOf("falseNegative"),
  };
}
