/**
 * How much work a cell is, known before it runs: for the dry run and for the time that is left.
 *
 * @module
 */

import type { CellSpec } from "./cell.ts";

/** The work of one cell. */
export interface CellWork {
  /** Images of the training: samples × views. */
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

/** The work of each cell, by id. */
export async function estimateWork(
  cells: readonly CellSpec[],
  countSamples: CountSamples,
): Promise<Map<string, CellWork>> {
  const samples = new Map<string, number>();
  const work = new Map<string, CellWork>();
  for (const { id, pretrain } of cells) {
    if (pretrain.method === "none") {
      work.set(id, { images: 0, steps: 0 });
      continue;
    }
    const known = samples.get(pretrain.data) ?? await countSamples(pretrain.data);
    samples.set(pretrain.data, known);
    const { viewsPerImage, batchSize } = pretrain.options as Record<string, number>;
    const images = known * viewsPerImage!;
    work.set(id, { images, steps: countSteps(pretrain.epochs, images, batchSize!) });
  }
  return work;
}
