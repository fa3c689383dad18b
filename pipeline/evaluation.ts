/**
 * What an evaluation found: the metrics of a task with their intervals.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { ImageCount, LeftOut } from "../core/left_out.ts";
import type { Environment } from "../core/results/environment.ts";
import type { ResultMetric } from "../core/results/result.ts";
import { metricInterval } from "../core/results/statistics.ts";
import { tasks } from "../tasks/registry.ts";
import type { StoredOutcome } from "./stored_outcome.ts";

/** One metric on one split. */
export interface EvaluatedSplit {
  readonly split: string;
  /** In the metric's unit. */
  readonly value: number;
  /** 95 % interval over samples. */
  readonly ci95: [number, number];
  /** Number of samples. */
  readonly n: number;
}

/** One metric of the task. */
export interface EvaluatedMetric extends ResultMetric {
  /** Whether it is one of many details. */
  readonly isDetail?: true;
  readonly splits: readonly EvaluatedSplit[];
}

/** What an evaluation found; `evaluation.json` holds it. */
export interface Evaluation {
  readonly schemaVersion: 2;
  /** What was measured. */
  readonly model: {
    /** Key in the store, or made of the file's content. */
    readonly key: string;
    readonly path: string | null;
    readonly sha256: string | null;
    readonly student: string | null;
    readonly imageSize: number;
    readonly teacher: string | null;
  };
  readonly task: string;
  readonly taskVersion: number;
  readonly data: string;
  readonly seed: number;
  /** Settings of the task, resolved. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Fixed views of each test image. */
  readonly views: number;
  /** Every metric of the task, the first is its main one. */
  readonly metrics: readonly EvaluatedMetric[];
  /** Key of the outcome in the store. */
  readonly outcome: string;
  /** Content keys of the views that were looked at. */
  readonly viewHashes: Readonly<Record<string, string>>;
  /** What was left out, with the reasons. */
  readonly leftOut: readonly LeftOut[];
  /** Images of the splits that were looked at, those of training among them. */
  readonly images: readonly ImageCount[];
  /** Seconds of the measurement, whenever it was made. */
  readonly seconds: number;
  /** Whether it was measured now. */
  readonly ran: boolean;
  readonly warnings: readonly string[];
  readonly environment: Environment;
}

/** The metrics of a task; details that have no value on a split are left out there. */
export function metricsOf(taskName: string, { outcome }: StoredOutcome): EvaluatedMetric[] {
  return tasks.get(taskName).metrics.flatMap((metric): EvaluatedMetric[] => {
    const { key, title, unit, higherIsBetter, decimals, isDetail = false } = metric;
    const splits = Object.entries(outcome.splits).flatMap(([split, evidence]): EvaluatedSplit[] => {
      const owner = `${tasks.describe(taskName)} on ${split}`;
      try {
        const { value, ci95, n } = metricInterval(metric, [evidence], { owner });
        return [{ split, value, ci95, n }];
      } catch (error) {
        if (isDetail && error instanceof TaskError) return [];
        throw error;
      }
    });
    return splits.length === 0 ? [] : [{
      key,
      title,
      unit,
      higherIsBetter,
      ...(decimals === undefined ? {} : { decimals }),
      ...(isDetail ? { isDetail } : {}),
      splits,
    }];
  });
}
