/**
 * The fixed views that trainings and measurements look at.
 *
 * @module
 */

import type { Annotation } from "../core/data/annotation.ts";
import type { Dataset } from "../core/data/dataset.ts";
import { loadViews } from "../core/data/views/load_views.ts";
import type { ViewSet } from "../core/data/views/view_set.ts";

/**
 * Seed of all fixed views. It is the same for every seed of a training: the views belong to the
 * data, so a teacher's embeddings are computed once for all seeds.
 */
export const viewSeed = 0;

/** The fixed views of a split; the same ones whoever asks. */
export function loadFixedViews(
  dataset: Dataset<Annotation>,
  split: string,
  size: { readonly views: number; readonly imageSize: number },
  onProgress?: (done: number, total: number) => void,
): Promise<ViewSet> {
  return loadViews(dataset, split, {
    ...size,
    seed: viewSeed,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}
