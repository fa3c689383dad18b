/**
 * Average precision and average recall of evidence, prepared once for any number of draws.
 *
 * @module
 */

import { UndefinedMetricError } from "../../errors.ts";
import { type Evidence, evidenceColumn } from "../../results/evidence.ts";
import type { Metric } from "../../results/metric.ts";
import { joinLists, PrecisionReader } from "./average_precision.ts";
import {
  classAgnosticTable,
  detectionTable,
  frequencyColumn,
  outcomeColumn,
  truthTable,
} from "./columns.ts";
import { type ObjectCounts, readCategories, readCounts, weighCounts } from "./object_counts.ts";
import { countBits, rightThresholds, wrongThresholds } from "./outcome.ts";
import { type AreaName, iouThresholds, recallThresholds, type RegionKind } from "./protocol.ts";
import { rankByCategory } from "./ranked_rows.ts";

/** Which detections and objects a number is about. */
export interface DetectionScope {
  readonly kind: RegionKind;
  /** @default {"all"} */
  readonly area?: AreaName;
  /**
   * Whether a detection may match an object of any category. Detections are the class-agnostic ones
   * where the evidence has them, else all.
   *
   * @default {false}
   */
  readonly anyClass?: boolean;
  /** IoU thresholds, as indices into `iouThresholds`. @default {all of them} */
  readonly thresholds?: readonly number[];
  /** Frequency of the categories that count, as an index into `frequencies`. @default {any} */
  readonly frequency?: number;
}

const allThresholds = Array.from(iouThresholds, (_, index) => index);

/** Detections and objects of a scope; all in category 0 where categories do not matter. */
export interface ScopedEvidence {
  readonly sample: Uint32Array;
  readonly category: Uint32Array;
  readonly score: Float32Array;
  /** See `outcome.ts`. */
  readonly outcome: Uint32Array;
  readonly counts: ObjectCounts;
  readonly categories: number;
  readonly thresholds: readonly number[];
}

/** Rows of truth of categories of one frequency. */
function ofFrequency(evidence: Evidence, counts: ObjectCounts, frequency: number): ObjectCounts {
  const { values } = evidenceColumn(evidence, truthTable, frequencyColumn);
  return {
    ...counts,
    count: counts.count.map((count, row) => values[row] === frequency ? count : 0),
  };
}

/**
 * Reads what a scope needs.
 *
 * @throws {TaskError} if the evidence has no such table or column.
 */
export function readScope(evidence: Evidence, scope: DetectionScope): ScopedEvidence {
  const { kind, area = "all", anyClass = false, thresholds = allThresholds, frequency } = scope;
  const table = anyClass && Object.hasOwn(evidence.tables, classAgnosticTable)
    ? classAgnosticTable
    : detectionTable;
  let counts = readCounts(evidence, truthTable, area);
  if (frequency !== undefined) counts = ofFrequency(evidence, counts, frequency);
  const { sample, values: score } = evidenceColumn(evidence, table, "score");
  const { values: outcome } = evidenceColumn(evidence, table, outcomeColumn(kind, area, anyClass));
  const shared = { sample, score, outcome: Uint32Array.from(outcome), thresholds };
  if (anyClass) {
    counts = { ...counts, category: new Uint32Array(counts.category.length), categories: 1 };
    return { ...shared, category: new Uint32Array(sample.length), counts, categories: 1 };
  }
  const category = readCategories(evidence, table);
  const categories = category.reduce((most, one) => Math.max(most, one + 1), counts.categories);
  return { ...shared, category, counts, categories };
}

/** Ranked detections of each category at each threshold: list `category * thresholds + place`. */
export function rankScope(
  { sample, category, score, outcome, categories, thresholds }: ScopedEvidence,
): PrecisionReader {
  const lists = rankByCategory(category, score, categories).flatMap((rows) =>
    thresholds.map((threshold) => {
      const list: number[] = [];
      for (const row of rows) {
        const isRight = rightThresholds(outcome[row]!) >> threshold & 1;
        const isWrong = wrongThresholds(outcome[row]!) >> threshold & 1;
        if (isRight || isWrong) list.push(2 * sample[row]! + isRight);
      }
      return list;
    })
  );
  return new PrecisionReader(joinLists(lists), recallThresholds);
}

/**
 * Average precision, 0 to 1: the mean over categories with objects, thresholds and recalls. NaN where
 * the draw has no object.
 */
export function compileAveragePrecision(scoped: ScopedEvidence): (weights: Float64Array) => number {
  const { counts, categories } = scoped, thresholds = scoped.thresholds.length;
  const reader = rankScope(scoped);
  const objects = new Float64Array(categories);
  return (weights) => {
    weighCounts(counts, weights, objects);
    let sum = 0, present = 0;
    for (let category = 0; category < categories; category++) {
      if (objects[category] === 0) continue;
      present++;
      for (let place = 0; place < thresholds; place++) {
        sum += reader.sum(category * thresholds + place, weights, objects[category]!);
      }
    }
    return sum / (present * thresholds * recallThresholds.length);
  };
}

/**
 * Average recall, 0 to 1: the mean over categories with objects and thresholds of the share of objects
 * that are found. NaN where the draw has no object.
 *
 * @param limit Detections of an image and category that count, the best first.
 */
export function compileAverageRecall(
  { sample, category, outcome, counts, categories, thresholds }: ScopedEvidence,
  limit = Infinity,
): (weights: Float64Array) => number {
  const found: { sample: number; category: number; count: number }[] = [];
  const mask = thresholds.reduce((bits, threshold) => bits | 1 << threshold, 0);
  let rank = 0;
  for (let row = 0; row < sample.length; row++) {
    const follows = row > 0 && sample[row] === sample[row - 1] &&
      category[row] === category[row - 1];
    rank = follows ? rank + 1 : 0;
    if (rank >= limit) continue;
    const count = countBits(rightThresholds(outcome[row]!) & mask);
    const last = found.at(-1);
    if (count === 0) continue;
    if (last?.sample === sample[row] && last?.category === category[row]) last!.count += count;
    else found.push({ sample: sample[row]!, category: category[row]!, count });
  }
  const right: ObjectCounts = {
    sample: Uint32Array.from(found, (one) => one.sample),
    category: Uint32Array.from(found, (one) => one.category),
    count: Float32Array.from(found, (one) => one.count),
    categories,
  };
  const objects = new Float64Array(categories), totals = new Float64Array(categories);
  return (weights) => {
    weighCounts(counts, weights, objects);
    weighCounts(right, weights, totals);
    let sum = 0, present = 0;
    for (let category = 0; category < categories; category++) {
      if (objects[category] === 0) continue;
      present++;
      sum += totals[category]! / objects[category]!;
    }
    return sum / (present * thresholds.length);
  };
}

/** A number that a scope has, in percent, e.g. average precision of small objects. */
export interface DetectionNumber extends DetectionScope {
  readonly key: string;
  /** Name for the reader. */
  readonly title: string;
  /** What is computed; with `limit`, of that many detections of an image and category. */
  readonly what: "precision" | "recall";
  readonly limit?: number;
}

/** Prepares a number of evidence, 0 to 100; NaN for draws without an object. */
export function compileNumber(
  evidence: Evidence,
  number: DetectionNumber,
): (weights: Float64Array) => number {
  const scoped = readScope(evidence, number);
  const compiled = number.what === "precision"
    ? compileAveragePrecision(scoped)
    : compileAverageRecall(scoped, number.limit);
  return (weights) => 100 * compiled(weights);
}

/**
 * A metric of a number. Over a draw in which no object counts it is NaN, so that intervals leave the
 * draw out and say so; a category of which a draw has no object does not count in it.
 */
export function detectionMetric(number: DetectionNumber): Metric {
  const compile = (evidence: Evidence) => {
    const { counts } = readScope(evidence, number);
    if (!counts.count.some((count) => count > 0)) {
      throw new UndefinedMetricError(
        `Cannot compute ${number.title}: none of the ${evidence.sampleIds.length} images has an ` +
          "object that counts for it; leave the metric out for these data",
      );
    }
    return compileNumber(evidence, number);
  };
  return {
    key: number.key,
    title: number.title,
    unit: "%",
    higherIsBetter: true,
    range: [0, 100],
    value: (evidence, weights) => compile(evidence)(weights),
    compile,
  };
}
