/**
 * How much work a training is, known before it runs: for the dry run and for the time that is left.
 *
 * @module
 */

import type { TrainSpec } from "./jobs.ts";

/** The work of one training. */
export interface TrainWork {
  /** Images of an epoch: samples × views. */
  readonly images: number;
  /** Training steps. */
  readonly steps: number;
}

/** Number of training samples of a data set. */
export type CountSamples = (data: string) => Promise<number>;

/**
 * Steps of a training: epochs × ⌊images / batch⌋, at least one, none without training. An epoch goes
 * once through all images and drops the rest that fills no batch.
 */
export function countSteps(epochs: number, images: number, batchSize: number): number {
  if (epochs === 0) return 0;
  return Math.max(1, Math.round(epochs * Math.max(1, Math.floor(images / batchSize))));
}

/** Images that an epoch of a training goes through. */
export function imagesOfEpoch({ pretrain }: Pick<TrainSpec, "pretrain">, samples: number): number {
  return pretrain.views === "fresh" ? samples : samples * pretrain.viewsPerImage;
}

/** Whole batches of an epoch of a training, one at least. */
export function stepsOfEpoch(spec: Pick<TrainSpec, "pretrain">, samples: number): number {
  return Math.max(1, Math.floor(imagesOfEpoch(spec, samples) / spec.pretrain.batchSize));
}

/** The work of each training, by id. */
export async function estimateWork(
  trainings: readonly { readonly id: string; readonly spec: TrainSpec }[],
  countSamples: CountSamples,
): Promise<Map<string, TrainWork>> {
  const samples = new Map<string, number>();
  const work = new Map<string, TrainWork>();
  for (const { id, spec } of trainings) {
    if (spec.method === null) {
      work.set(id, { images: 0, steps: 0 });
      continue;
    }
    const known = samples.get(spec.data) ?? await countSamples(spec.data);
    samples.set(spec.data, known);
    const images = imagesOfEpoch(spec, known);
    work.set(id, { images, steps: countSteps(spec.epochs, images, spec.pretrain.batchSize) });
  }
  return work;
}
