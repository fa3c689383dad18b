/**
 * The batches of a student's training: fixed views with cached embeddings of the teacher.
 *
 * @module
 */

import type { Annotation } from "../core/data/annotation.ts";
import { type Dataset, trainSplit } from "../core/data/dataset.ts";
import type { ViewSet } from "../core/data/views/view_set.ts";
import type { BatchSampler } from "../core/methods/method.ts";
import type { BatchSource } from "../core/train/fit.ts";
import { teacherEmbeddings } from "../core/train/teacher_embeddings.ts";
import type { TrainSpec } from "../core/recipe/jobs.ts";
import type { Teacher } from "../teachers/teacher.ts";
import { loadFixedViews } from "./fixed_views.ts";
import { fixedBatches } from "./training_batches.ts";

/** Batches, and what is known of the images behind them. */
export interface ModelBatches {
  readonly batches: BatchSource;
  /** Images of an epoch. */
  readonly count: number;
  /** Content key of the views. */
  readonly viewsHash: string;
  readonly skipped: ViewSet["skipped"];
}

/** What {@linkcode openModelBatches} is given. */
export interface ModelBatchesOptions {
  readonly dataset: Dataset<Annotation>;
  readonly teacher: Teacher | null;
  readonly seed: number;
  /** Order of the images; shuffled where absent. */
  readonly sampler?: BatchSampler | undefined;
  /** Views of each image in a step. */
  readonly viewsPerStep: number;
  readonly threads: number;
  readonly onProgress: (phase: string, step: number, steps: number) => void;
  readonly onWarning: (message: string) => void;
}

/** Opens the batches of a training. */
export async function openModelBatches(
  { pretrain }: TrainSpec,
  { dataset, teacher, seed, onProgress, onWarning }: ModelBatchesOptions,
): Promise<ModelBatches> {
  const { batchSize, replicas, imageSize, viewsPerImage } = pretrain;
  const split = trainSplit(dataset);
  const load = (side: number) =>
    loadFixedViews(dataset, split, { views: viewsPerImage, imageSize: side });
  const views = await load(imageSize);
  const embeddings = teacher && await teacherEmbeddings(teacher, await load(teacher.imageSize), {
    onProgress: (step, steps) => onProgress("teacher", step, steps),
    onWarning,
  });
  return {
    batches: fixedBatches({
      views,
      batchSize,
      replicas,
      seed,
      ...(embeddings ? { teacher: { embeddings, dimension: teacher.dimension } } : {}),
    }),
    count: views.samples.length * viewsPerImage,
    viewsHash: views.hash,
    skipped: views.skipped,
  };
}
