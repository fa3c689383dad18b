/**
 * The batches of a student's training: fixed views with the teacher's embeddings from the cache, or
 * fresh views with the teacher live.
 *
 * @module
 */

import type { Annotation } from "../core/data/annotation.ts";
import { type Dataset, type SkippedImage, trainSplit } from "../core/data/dataset.ts";
import { fixedViewBatches } from "../core/data/fixed_view_batches.ts";
import { freshViewBatches } from "../core/data/fresh_view_batches.ts";
import type { ViewBatches } from "../core/data/view_batches.ts";
import { closeViews } from "../core/data/views/view_set.ts";
import type { BatchSampler, MethodNeeds } from "../core/methods/method.ts";
import type { TrainSpec } from "../core/recipe/jobs.ts";
import type { BatchSource } from "../core/train/batch_source.ts";
import { TeacherBatches, type TeacherSource } from "../core/train/teacher_batches.ts";
import { openTeacherEmbeddings } from "../core/train/teacher_embeddings.ts";
import { teacherNeighbours } from "../core/train/teacher_neighbours.ts";
import type { Teacher } from "../teachers/teacher.ts";
import { loadFixedViews } from "./fixed_views.ts";

/** Batches, and what is known of the images behind them. */
export interface ModelBatches {
  readonly batches: BatchSource;
  /** Images of an epoch. */
  readonly count: number;
  /** Content key of the views. */
  readonly viewsHash: string;
  /** Name of the split. */
  readonly split: string;
  /** Images that the data set lists there. */
  readonly listed: number;
  /** What was left out so far. */
  readonly skipped: () => readonly SkippedImage[];
}

/** What {@linkcode openModelBatches} is given. */
export interface ModelBatchesOptions {
  readonly dataset: Dataset<Annotation>;
  readonly teacher: Teacher | null;
  readonly seed: number;
  /** What the method reads of a batch. */
  readonly needs: Pick<MethodNeeds, "views" | "labels" | "neighbourViews" | "mixes">;
  /** Nearest images of which a neighbour is drawn, where the method has views of one. */
  readonly neighbours?: number | undefined;
  /** Order of the images; shuffled where absent. */
  readonly sampler?: BatchSampler | undefined;
  readonly onProgress: (phase: string, step: number, steps: number) => void;
  readonly onWarning: (message: string) => void;
}

/** Fixed views, and the table of what the teacher makes of them. */
async function openFixed(
  { pretrain }: TrainSpec,
  options: ModelBatchesOptions,
  order: Parameters<typeof fixedViewBatches>[1],
): Promise<{ views: ViewBatches; teacher: TeacherSource | null }> {
  const { dataset, teacher, onProgress, onWarning } = options;
  const split = trainSplit(dataset);
  const load = (imageSize: number) =>
    loadFixedViews(dataset, split, { views: pretrain.viewsPerImage, imageSize });
  const set = await load(pretrain.imageSize);
  if (teacher === null) return { views: fixedViewBatches(set, order), teacher: null };
  const seen = await load(teacher.imageSize);
  try {
    const table = await openTeacherEmbeddings(teacher, seen, {
      onProgress: (step, steps) => onProgress("teacher", step, steps),
      onWarning,
    });
    const { neighbours: count, needs } = options;
    const neighbours = count === undefined ? undefined : {
      views: needs.neighbourViews ?? 0,
      indices: teacherNeighbours(table, { viewsPerSample: set.viewsPerSample, count }),
      count,
    };
    return {
      views: fixedViewBatches(set, { ...order, neighbours }),
      teacher: { kind: "table", table },
    };
  } finally {
    // The table stands for them.
    closeViews(seen);
  }
}

/** Fresh views at the student's size and at that of the teacher, who looks at them as they come. */
async function openFresh(
  { pretrain }: TrainSpec,
  { dataset, teacher }: ModelBatchesOptions,
  order: Parameters<typeof fixedViewBatches>[1],
): Promise<{ views: ViewBatches; teacher: TeacherSource | null }> {
  const sizes = new Set([pretrain.imageSize, ...(teacher === null ? [] : [teacher.imageSize])]);
  const views = await freshViewBatches(dataset, trainSplit(dataset), {
    ...order,
    sizes: [...sizes],
  });
  return { views, teacher: teacher && { kind: "live", encoder: teacher } };
}

/** Opens the batches of a training. */
export async function openModelBatches(
  spec: TrainSpec,
  options: ModelBatchesOptions,
): Promise<ModelBatches> {
  const { batchSize, replicas, views: kind, randomConvolution: share } = spec.pretrain;
  const { seed, needs, sampler } = options;
  const order = {
    batchSize,
    replicas,
    seed,
    viewsPerStep: needs.views,
    ...(sampler === undefined ? {} : { order: sampler }),
  };
  const open = kind === "fresh" ? openFresh : openFixed;
  const { views, teacher } = await open(spec, options, order);
  const split = trainSplit(options.dataset);
  return {
    batches: new TeacherBatches({
      views,
      teacher,
      labels: needs.labels,
      mix: needs.mixes ? { seed } : undefined,
      convolutions: share > 0 ? { seed, share } : undefined,
    }),
    count: views.count,
    viewsHash: views.hash,
    split,
    listed: (await options.dataset.samples(split)).length,
    skipped: () => views.skipped,
  };
}
