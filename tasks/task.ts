/**
 * What a task is: something that a pre-trained model is measured by.
 *
 * @module
 */

import type { Dataset, SplitName } from "../core/data/dataset.ts";
import type { ViewSet } from "../core/data/views/view_set.ts";
import type { TextEncoder } from "../core/methods/lgd/tsb.ts";
import type { TaskOutcome } from "../core/recipe/cell.ts";

/** A pre-trained model as tasks see it: frozen, BatchNorm in evaluation form. */
export interface EvaluatedModel {
  /** Name for messages. */
  readonly name: string;
  /** Side of the images that it takes, pixels. */
  readonly imageSize: number;
  /** Length d of the backbone's features. */
  readonly featureLength: number;
  /** Backbone features, one row per view, [n, d]. */
  features(views: ViewSet): Promise<Float32Array>;
  /** Embeddings in the teacher's space, unit vectors, [n, D]; absent without a distilled head. */
  readonly embeddings?: (views: ViewSet) => Promise<Float32Array>;
  /** The teacher's text encoder; absent where the teacher has none. */
  readonly encodeText?: TextEncoder;
}

/** What a task is given. */
export interface TaskContext {
  readonly model: EvaluatedModel;
  readonly dataset: Dataset;
  /** Id of the table's column. */
  readonly column: string;
  /** Settings of the task, resolved and checked by the recipe. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Seed of everything that the task draws. */
  readonly seed: number;
  /** Splits to test on; those that the dataset does not have are left out. */
  readonly splits: readonly SplitName[];
  /** Fixed views of each test image. */
  readonly testViews: number;
  /** Loads views at the model's image size; the same views for every model. */
  loadViews(split: SplitName, views: number): Promise<ViewSet>;
  /** Threads of one session. */
  readonly threads: number;
  /** Told how far the task is. */
  progress(step: number, steps: number): void;
  /** Keeps a small file beside the cell's results, e.g. the list of labelled images. */
  keepFile(name: string, content: string): Promise<void>;
}

/** What a task will do, told without doing it. */
export interface TaskPlan {
  /** Training steps. */
  readonly steps: number;
  /** Images that go through the model. */
  readonly images: number;
}

/** A metric of a task. */
export interface TaskMetric {
  readonly key: string;
  readonly unit: string;
  readonly higherIsBetter: boolean;
}

/** A task. */
export interface Task {
  readonly name: string;
  /** Raised when the same model gets other numbers. */
  readonly version: number;
  readonly metrics: readonly TaskMetric[];
  /** The class names that the task serves: what the text bank of an LGD cell is built from. */
  classNames(dataset: Dataset): readonly string[];
  /** Cost of a run. */
  plan(
    context: Pick<TaskContext, "dataset" | "options" | "splits" | "testViews">,
  ): Promise<TaskPlan>;
  /** Measures the model. */
  run(context: TaskContext): Promise<TaskOutcome>;
}

/** Share of each sample's views that were right, from one answer per view. */
export function hitsPerSample(views: ViewSet, right: (view: number) => boolean): number[] {
  return Array.from({ length: views.samples.length }, (_, sample) => {
    let hits = 0;
    for (let view = 0; view < views.viewsPerSample; view++) {
      if (right(sample * views.viewsPerSample + view)) hits++;
    }
    return hits / views.viewsPerSample;
  });
}

/** Index of the largest element of a row. */
export function argMax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let index = 1; index < length; index++) {
    if (values[start + index]! > values[start + best]!) best = index;
  }
  return best;
}
