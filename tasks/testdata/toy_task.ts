/**
 * A dataset and a model small enough to know their answers: views are numbers, and what the model
 * makes of them is a table.
 *
 * @module
 */

import type { LabelAnnotation } from "../../core/data/annotation.ts";
import { SampleList } from "../../core/data/sample_list.ts";
import type { SplitName } from "../../core/data/dataset.ts";
import type { ViewSet } from "../../core/data/views/view_set.ts";
import type { Evidence } from "../../core/results/evidence.ts";
import type { LabelledDataset } from "../classification.ts";
import { runTask } from "../run_task.ts";
import { type MeasuredModel, resolveTaskSettings, type Task } from "../task.ts";

/** Rows of features or embeddings by split: `rows[sample · views + view]`. */
export type RowsBySplit = Record<SplitName, readonly (readonly number[])[]>;

/** What a toy task is made of. */
export interface ToyOptions {
  readonly classNames: readonly string[];
  /** Label of each sample by split. */
  readonly labels: Record<SplitName, readonly number[]>;
  readonly viewsPerSample: number;
  readonly rows: RowsBySplit;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly seed?: number;
  /** Also give the rows as embeddings, with this text encoder. */
  readonly encodeText?: (texts: readonly string[]) => Promise<Float32Array>;
  /** Other properties of the model. */
  readonly model?: Partial<MeasuredModel>;
  /** Pixels of a split's views. */
  readonly pixels?: Record<SplitName, Uint8Array>;
}

/** What a toy task told while it ran. */
export interface ToyLog {
  readonly files: Map<string, string>;
  readonly progress: [phase: string, step: number, steps: number][];
  readonly warnings: string[];
}

const imageSize = 8;

/** A data set with samples `split/0`, `split/1`, …; `train` is trained on, `dev` is for tuning. */
export function toyDataset(toy: Pick<ToyOptions, "classNames" | "labels">): LabelledDataset {
  const samples = (split: SplitName) =>
    SampleList.from(toy.labels[split]!.map((label, index) => ({ id: `${split}/${index}`, label })));
  return {
    name: "toy",
    title: "Toy",
    credits: [],
    annotationKind: "label",
    classNames: toy.classNames,
    splits: Object.keys(toy.labels).map((name) => ({
      name,
      title: name,
      role: name === "train" ? "train" : name === "dev" ? "tune" : "test",
    })),
    samples: (split) => Promise.resolve(samples(split)),
    annotation: (split, index): Promise<LabelAnnotation> =>
      Promise.resolve({ kind: "label", label: toy.labels[split]![index]! }),
    decode: () => Promise.reject(new Error("not used")),
    fingerprint: (split) => Promise.resolve(`fingerprint of ${split}`),
    skipped: () => [],
  };
}

/** Views of a toy data set. */
export function toyViews(
  dataset: LabelledDataset,
  toy: ToyOptions,
  split: SplitName,
  views: number,
) {
  return dataset.samples(split).then((samples): ViewSet => ({
    samples,
    viewsPerSample: views,
    imageSize,
    pixels: toy.pixels?.[split] ?? new Uint8Array(0),
    hash: split,
    skipped: [],
  }));
}

/** The model of a toy task. */
export function toyModel(toy: ToyOptions): MeasuredModel {
  const rowsOf = (views: ViewSet) =>
    Promise.resolve(Float32Array.from(toy.rows[views.hash]!.flat()));
  return {
    name: "toy model",
    imageSize,
    featureLength: Object.values(toy.rows)[0]?.[0]?.length ?? 1,
    features: rowsOf,
    ...(toy.encodeText ? { embeddings: rowsOf, encodeText: toy.encodeText } : {}),
    ...toy.model,
  };
}

/** Runs a task on a toy data set and model. */
export async function runToy<S>(
  task: Task<LabelAnnotation, S>,
  toy: ToyOptions,
  options: { folder?: string; checkpointMilliseconds?: number } = {},
): Promise<{ evidence: Record<SplitName, Evidence>; log: ToyLog }> {
  const log: ToyLog = { files: new Map(), progress: [], warnings: [] };
  const dataset = toyDataset(toy);
  const folder = options.folder ?? await Deno.makeTempDir();
  try {
    const evidence = await runTask(task, {
      key: "toy",
      checkpointMilliseconds: options.checkpointMilliseconds,
      model: toyModel(toy),
      dataset,
      settings: resolveTaskSettings(task, toy.settings ?? {}, "the test"),
      seed: toy.seed ?? 0,
      splits: Object.keys(toy.labels).filter((split) => split !== "train"),
      views: toy.viewsPerSample,
      threads: 1,
      folder,
      loadViews: (split, views) => toyViews(dataset, toy, split, views),
      countImages: () => Promise.resolve(),
      keepFile: (name, content) => {
        log.files.set(
          name,
          typeof content === "string" ? content : new TextDecoder().decode(content),
        );
        return Promise.resolve();
      },
      progress: (phase, step, steps) => void log.progress.push([phase, step, steps]),
      warn: (message) => void log.warnings.push(message),
    });
    return { evidence, log };
  } finally {
    if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
  }
}

/** What a task will cost on a toy. */
export function toyCost<S>(task: Task<LabelAnnotation, S>, toy: ToyOptions, macs = 0) {
  const { featureLength } = toyModel(toy);
  return task.cost({
    dataset: toyDataset(toy),
    settings: resolveTaskSettings(task, toy.settings ?? {}, "the test"),
    splits: Object.keys(toy.labels).filter((split) => split !== "train"),
    views: toy.viewsPerSample,
    model: { imageSize, featureLength, macs },
  });
}

/** How many views of each sample were right. */
export function rightOf(evidence: Evidence): number[] {
  return [...evidence.tables["images"]!.columns["right"]!];
}
