/**
 * Metrics: numbers made of evidence, with every sample weighted by how often it was drawn.
 *
 * @module
 */

import { TaskError } from "../errors.ts";
import { type Evidence, evidenceColumn } from "./evidence.ts";

/** A metric of a task. */
export interface Metric {
  /** Unique within the task, e.g. `"top1"`. */
  readonly key: string;
  /** Name for the reader, e.g. `"top-1 accuracy"`. */
  readonly title: string;
  /** Unit of the values, e.g. `"%"`; empty for plain numbers. */
  readonly unit: string;
  /** False for errors and losses: the best value is then the lowest. */
  readonly higherIsBetter: boolean;
  /**
   * Least and largest value that it can have, e.g. `[0, 100]`: intervals of it end there.
   *
   * @default {[-Infinity, Infinity]}
   */
  readonly range?: readonly [number, number];
  /** Decimals that reports print. @default {1} */
  readonly decimals?: number;
  /**
   * Whether it is one of many details, which an evaluation tells in its file alone, and leaves out where
   * it has no value, as the AP of large objects where there are none. @default {false}
   */
  readonly isDetail?: boolean;
  /**
   * The metric over a drawn set of samples.
   *
   * @param weights How often each sample was drawn, [samples]; some are 0, their sum is above 0. With
   *   all of them 1 the result is the value itself.
   */
  value(evidence: Evidence, weights: Float64Array): number;
  /**
   * The same as `value`, with everything done before that does not depend on the weights, e.g. sorting
   * by score: intervals evaluate a metric thousands of times on the same evidence.
   */
  compile?(evidence: Evidence): (weights: Float64Array) => number;
  /** For metrics that are the mean of one number per sample: a quicker way to the same values. */
  readonly sampleMean?: SampleMean;
}

/** A metric that is `scale` × the mean of one number per sample. */
export interface SampleMean {
  /** Factor on the mean, e.g. 100 for percent. */
  readonly scale: number;
  /** The number of each sample, [samples]. */
  values(evidence: Evidence): Float64Array;
}

/** Makes a metric that is the mean of one number per sample. */
export function sampleMeanMetric(
  { scale = 1, values, ...properties }:
    & Pick<Metric, "key" | "title" | "unit" | "higherIsBetter" | "range" | "decimals">
    & {
      /** Factor on the mean. @default {1} */
      scale?: number;
      /** The number of each sample, [samples]. */
      values: (evidence: Evidence) => Float64Array;
    },
): Metric {
  const compile = (evidence: Evidence) => {
    const numbers = values(evidence);
    return (weights: Float64Array) => {
      let sum = 0, total = 0;
      for (let sample = 0; sample < numbers.length; sample++) {
        sum += weights[sample]! * numbers[sample]!;
        total += weights[sample]!;
      }
      return scale * (sum / total);
    };
  };
  return {
    ...properties,
    value: (evidence, weights) => compile(evidence)(weights),
    compile,
    sampleMean: { scale, values },
  };
}

/**
 * One number per sample from a table with exactly one row per sample.
 *
 * @param pick The number of a row.
 * @throws {TaskError} where a sample has no row, or several.
 */
export function onePerSample(
  evidence: Evidence,
  table: string,
  columns: readonly string[],
  pick: (...values: number[]) => number,
): Float64Array {
  const read = columns.map((column) => evidenceColumn(evidence, table, column));
  const { sample } = read[0]!;
  const numbers = new Float64Array(evidence.sampleIds.length);
  const rows = new Uint32Array(evidence.sampleIds.length);
  for (let row = 0; row < sample.length; row++) {
    numbers[sample[row]!] = pick(...read.map(({ values }) => values[row]!));
    rows[sample[row]!]!++;
  }
  const wrong = rows.findIndex((count) => count !== 1);
  if (wrong >= 0 || sample.length !== rows.length) {
    throw new TaskError(
      `Cannot read evidence: expected one row per sample in table "${table}", got ` +
        (wrong >= 0
          ? `${rows[wrong] === 0 ? "none" : "several"} for ${evidence.sampleIds[wrong]}`
          : `${sample.length} rows for ${rows.length} samples`),
    );
  }
  return numbers;
}

/**
 * Top-1 accuracy in percent: the mean over samples of the fraction of a sample's views that were
 * right. It reads table `images`: `right`, the number of right views, and `views`, the number of all.
 */
export const accuracy: Metric = sampleMeanMetric({
  key: "top1",
  title: "top-1 accuracy",
  unit: "%",
  higherIsBetter: true,
  range: [0, 100],
  scale: 100,
  values: (evidence) =>
    onePerSample(evidence, "images", ["right", "views"], (right, views) => {
      if (!(views >= 1 && right >= 0 && right <= views)) {
        throw new TaskError(
          `Cannot compute accuracy: expected 0 ≤ right ≤ views, views ≥ 1; got ${right} right of ` +
            `${views} views`,
        );
      }
      return right / views;
    }),
});

/** Evidence of {@linkcode accuracy}: of each sample, how many of its views were right. */
export function accuracyEvidence(
  sampleIds: readonly string[],
  right: ArrayLike<number>,
  views: number,
): Evidence {
  return {
    sampleIds,
    tables: {
      images: {
        sample: Uint32Array.from(sampleIds, (_, index) => index),
        columns: {
          right: Float32Array.from(right),
          views: new Float32Array(sampleIds.length).fill(views),
        },
      },
    },
  };
}
