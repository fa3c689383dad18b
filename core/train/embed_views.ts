/**
 * Runs an encoder over all views of a set, batch by batch.
 *
 * @module
 */

import { fillBatch } from "../data/batches.ts";
import { countViews, type ViewSet } from "../data/views/view_set.ts";

/** Encodes one full batch of bytes [3, H, W, B]; each result has B rows. */
export type BatchEncoder<Name extends string> = (
  images: Uint8Array,
) => Promise<Record<Name, Float32Array>>;

/**
 * Encodes every view, in order; the last batch is filled up with its last view.
 *
 * @param options.take Takes the results of a batch, of which the first `count` rows are those of the
 *   views from `first` on.
 */
export async function encodeViewBatches<Name extends string>(
  views: ViewSet,
  { batchSize, encode, take }: {
    batchSize: number;
    encode: BatchEncoder<Name>;
    take: (
      results: Record<Name, Float32Array>,
      first: number,
      count: number,
    ) => Promise<void> | void;
  },
): Promise<void> {
  const total = countViews(views);
  const images = new Uint8Array(batchSize * 3 * views.imageSize ** 2);
  const indices = new Uint32Array(batchSize);
  for (let first = 0; first < total; first += batchSize) {
    for (let place = 0; place < batchSize; place++) {
      indices[place] = Math.min(first + place, total - 1);
    }
    fillBatch(views, indices, images, "chwn");
    await take(await encode(images), first, Math.min(batchSize, total - first));
  }
}

/**
 * Encodes every view and gathers the results.
 *
 * @returns One matrix per result, a row per view.
 */
export async function encodeViews<Name extends string>(
  views: ViewSet,
  { batchSize, encode, onProgress }: {
    batchSize: number;
    encode: BatchEncoder<Name>;
    onProgress?: (done: number, total: number) => void;
  },
): Promise<Record<Name, Float32Array>> {
  const total = countViews(views);
  const results = {} as Record<Name, Float32Array>;
  await encodeViewBatches(views, {
    batchSize,
    encode,
    take(encoded, first, count) {
      for (const name of Object.keys(encoded) as Name[]) {
        const width = encoded[name].length / batchSize;
        results[name] ??= new Float32Array(total * width);
        results[name].set(encoded[name].subarray(0, count * width), first * width);
      }
      onProgress?.(first + count, total);
    },
  });
  return results;
}
