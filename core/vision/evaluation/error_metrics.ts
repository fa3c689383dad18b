/**
 * How much average precision each kind of error costs, by the definition of TIDE: AP50 once every
 * error of the kind is fixed, minus AP50.
 *
 * Source: `TIDERun.fix_errors` and `ClassedAPDataObject` of tidecv. There a category counts where the
 * images have an object or a detection of it, and its AP is 0 where they have no object; so AP50 here
 * may be below that of COCO.
 *
 * @module
 */

import { UndefinedMetricError } from "../../errors.ts";
import { type Evidence, evidenceColumn } from "../../results/evidence.ts";
import type { Metric } from "../../results/metric.ts";
import { joinLists, PrecisionReader } from "./average_precision.ts";
import { errorTable, missedTable } from "./columns.ts";
import { type ErrorKind, errorKinds, rightDetection } from "./detection_errors.ts";
import { type ObjectCounts, readCategories, readCounts, weighCounts } from "./object_counts.ts";
import type { RegionKind } from "./protocol.ts";
import { rankByCategory } from "./ranked_rows.ts";

/** What can be fixed: one kind of error, or every false positive, or every false negative. */
export const errorFixes = [...errorKinds, "falsePositive", "falseNegative"] as const;

/** One of {@linkcode errorFixes}. */
export type ErrorFix = typeof errorFixes[number];

/** Names for the reader. */
export const errorTitles: Readonly<Record<ErrorFix, string>> = {
  classification: "classification",
  localization: "localisation",
  both: "classification and localisation",
  duplicate: "duplicate",
  background: "background",
  missed: "missed",
  falsePositive: "false positives",
  falseNegative: "false negatives",
};

/** Recalls at which precision is read: 0, 1/100, … 1. */
const recalls = Float64Array.from({ length: 101 }, (_, index) => index / 100);

/** Rows of the tables of errors. */
interface ErrorRows {
  readonly sample: Uint32Array;
  readonly category: Uint32Array;
  readonly score: Float32Array;
  readonly error: Float32Array;
  readonly ignored: Float32Array;
  readonly fixed: Float32Array;
}

function readErrors(evidence: Evidence, kind: RegionKind): ErrorRows {
  const read = (column: string) => evidenceColumn(evidence, errorTable(kind), column).values;
  return {
    sample: evidenceColumn(evidence, errorTable(kind), "category").sample,
    category: readCategories(evidence, errorTable(kind)),
    score: read("score"),
    error: read("error"),
    ignored: read("ignored"),
    fixed: read("fixed"),
  };
}

/** A detection that counts once something is fixed: where, and whether it is right then. */
interface FixedDetection {
  readonly row: number;
  readonly category: number;
  readonly isRight: boolean;
}

/** What becomes of a row once something is fixed; undefined where the detection is gone. */
function fixRow(
  { category, error, ignored, fixed }: ErrorRows,
  row: number,
  fix: ErrorFix | undefined,
): FixedDetection | undefined {
  if (error[row] === rightDetection) return { row, category: category[row]!, isRight: true };
  if (fix !== undefined && error[row] === 1 + errorKinds.indexOf(fix as ErrorKind)) {
    return fixed[row]! < 0 ? undefined : { row, category: fixed[row]!, isRight: true };
  }
  return ignored[row] ? undefined : { row, category: category[row]!, isRight: false };
}

/** Detections of each category, the best first. */
function rankFixed(rows: ErrorRows, fix: ErrorFix | undefined, categories: number) {
  const all = Array.from(rows.sample, (_, row) => fixRow(rows, row, fix))
    .filter((one) => one !== undefined);
  const wasRight = ({ row }: FixedDetection) => rows.error[row] === rightDetection;
  // Of equal scores those with an error come first once anything was fixed, as in tidecv.
  const ordered = fix === undefined
    ? all
    : [...all.filter((one) => !wasRight(one)), ...all.filter(wasRight)];
  const score = Float32Array.from(
    ordered,
    ({ row, isRight }) => fix === "falsePositive" ? Number(isRight) : rows.score[row]!,
  );
  return rankByCategory(ordered.map(({ category }) => category), score, categories)
    .map((ranks) => Array.from(ranks, (rank) => ordered[rank]!));
}

/** Objects to be found once something is fixed. */
function fixCounts(evidence: Evidence, kind: RegionKind, fix: ErrorFix | undefined): ObjectCounts {
  const table = missedTable(kind);
  const counts = readCounts(evidence, table, "objects");
  const column = fix === "missed" ? "missed" : fix === "falseNegative" ? "unmatched" : undefined;
  if (column === undefined) return counts;
  const { values } = evidenceColumn(evidence, table, column);
  return { ...counts, count: counts.count.map((count, row) => count - values[row]!) };
}

/**
 * Prepares AP50 by TIDE's definition, 0 to 100, once something is fixed; NaN for draws without a
 * detection and without an object.
 */
export function compileFixedPrecision(
  evidence: Evidence,
  kind: RegionKind,
  fix?: ErrorFix,
): (weights: Float64Array) => number {
  const rows = readErrors(evidence, kind);
  const counts = fixCounts(evidence, kind, fix);
  const categories = rows.category.reduce(
    (most, one) => Math.max(most, one + 1),
    counts.categories,
  );
  const ranked = rankFixed(rows, fix, categories);
  const samples = ranked.map((list) => Uint32Array.from(list, ({ row }) => rows.sample[row]!));
  const reader = new PrecisionReader(
    joinLists(
      ranked.map((list) => list.map(({ row, isRight }) => 2 * rows.sample[row]! + Number(isRight))),
    ),
    recalls,
  );
  const objects = new Float64Array(categories);
  return (weights) => {
    weighCounts(counts, weights, objects);
    let sum = 0, present = 0;
    for (let category = 0; category < categories; category++) {
      if (objects[category]! > 0) sum += reader.sum(category, weights, objects[category]!);
      else if (!samples[category]!.some((sample) => weights[sample]! > 0)) continue;
      present++;
    }
    return 100 * sum / (present * recalls.length);
  };
}

/**
 * Prepares what an error costs, in points of AP50, with every draw: at least 0 for the six kinds of
 * errors; a fix may lower AP a little where scores are equal.
 */
export function compileErrorCost(
  evidence: Evidence,
  kind: RegionKind,
  fix: ErrorFix,
): (weights: Float64Array) => number {
  const before = compileFixedPrecision(evidence, kind);
  const after = compileFixedPrecision(evidence, kind, fix);
  const least = (errorKinds as readonly string[]).includes(fix) ? 0 : -Infinity;
  return (weights) => Math.max(after(weights) - before(weights), least);
}

/**
 * Metrics of errors, in points of AP50: `boxErrorClassification`, `boxErrorLocalization`, … and
 * `boxErrorFalsePositive`, `boxErrorFalseNegative`. They do not add up to what AP lacks.
 */
export function errorMetrics(kind: RegionKind): Metric[] {
  return errorFixes.map((fix) => {
    const compile = (evidence: Evidence) => {
      const { sample } = evidenceColumn(evidence, missedTable(kind), "objects");
      if (sample.length === 0) {
        throw new UndefinedMetricError(
          `Cannot compute errors of ${kind} detection: none of the ${evidence.sampleIds.length} ` +
            "images has an object; leave the metric out for these data",
        );
      }
      return compileErrorCost(evidence, kind, fix);
    };
    return {
      key: `${kind}Error${fix[0]!.toUpperCase()}${fix.slice(1)}`,
      title: `${kind} AP50 lost to errors: ${errorTitles[fix]}`,
      unit: "points",
      higherIsBetter: false,
      // As in compileErrorCost().
      range: [(errorKinds as readonly string[]).includes(fix) ? 0 : -100, 100],
      value: (evidence, weights) => compile(evidence)(weights),
      compile,
    };
  });
}
