/**
 * A dataset and a model small enough to know their answers: views are numbers, and what the model
 * makes of them is a table.
 *
 * @module
 */

import type { Dataset, Sample, SplitName, ViewSet } from "../../core/data/dataset.ts";
import type { EvaluatedModel, TaskContext } from "../task.ts";

/** Rows of features or embeddings by split: `rows[sample · views + view]`. */
export type RowsBySplit = Partial<Record<SplitName, readonly (readonly number[])[]>>;

/** What a toy task is made of. */
export interface ToyOptions {
  readonly classNames: readonly string[];
  /** Label of each sample by split. */
  readonly labels: Partial<Record<SplitName, readonly number[]>>;
  readonly viewsPerSample: number;
  readonly rows: RowsBySplit;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  /** Also give the rows as embeddings, with this text encoder. */
  readonly encodeText?: (texts: readonly string[]) => Promise<Float32Array>;
}

/** What a toy task told while it ran. */
export interface ToyLog {
  readonly files: Map<string, string>;
  readonly progress: (readonly [number, number])[];
}

function samplesOf(split: SplitName, labels: readonly number[]): Sample[] {
  return labels.map((label, index) => ({ id: `${split}/${index}`, label }));
}

/** The context of a task over a toy dataset and model, and what is told through it. */
export function toyContext(toy: ToyOptions): { context: TaskContext; log: ToyLog } {
  const log: ToyLog = { files: new Map(), progress: [] };
  const splits = Object.keys(toy.labels) as SplitName[];
  const viewsOf = (split: SplitName, viewsPerSample: number): ViewSet => ({
    samples: samplesOf(split, toy.labels[split]!),
    viewsPerSample,
    imageSize: 8,
    pixels: new Uint8Array(0),
    hash: split,
    skipped: [],
  });
  const dataset: Dataset = {
    name: "toy",
    title: "Toy",
    classNames: toy.classNames,
    splits,
    samples: (split) => Promise.resolve(samplesOf(split, toy.labels[split]!)),
    loadViews: (split, { views }) => Promise.resolve(viewsOf(split, views)),
    openViews: () => Promise.reject(new Error("not used")),
  };
  const rowsOf = (views: ViewSet) =>
    Promise.resolve(Float32Array.from(toy.rows[views.hash as SplitName]!.flat()));
  const model: EvaluatedModel = {
    name: "toy model",
    imageSize: 8,
    featureLength: Object.values(toy.rows)[0]![0]!.length,
    features: rowsOf,
    ...(toy.encodeText ? { embeddings: rowsOf, encodeText: toy.encodeText } : {}),
  };
  const context: TaskContext = {
    model,
    dataset,
    column: "toy-column",
    options: toy.options ?? {},
    seed: toy.seed ?? 0,
    splits: splits.filter((split) => split !== "train"),
    testViews: toy.viewsPerSample,
    loadViews: (split, views) => Promise.resolve(viewsOf(split, views)),
    threads: 1,
    progress: (step, steps) => void (log.progress as [number, number][]).push([step, steps]),
    keepFile: (name, content) => {
      log.files.set(name, content);
      return Promise.resolve();
    },
  };
  return { context, log };
}
