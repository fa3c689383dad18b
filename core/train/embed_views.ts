/**
 * Runs an encoder over all views of a set, batch by batch.
 *
 * @module
 */

import { fillBatch } from "../data/batches.ts";
import type { ViewSet } from "../data/views/view_set.ts";

/** Encodes one full batch of bytes [3, H, W, B]; each result has B rows. */
export type BatchEncoder<Name extends string> = (
  images: Uint8Array,
) => Promise<Record<Name, Float32Array>>;

/**
 * Encodes every view; the last batch is filled up with its last view and cut.
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
  const total = views.samples.length * views.viewsPerSample;
  const images = new Uint8Array(batchSize * 3 * views.imageSize ** 2);
  const indices = new Uint32Array(batchSize);
  const results = {} as Record<Name, Float32Array>;
  for (let first = 0; first < total; first += batchSize) {
    for (let place = 0; place < batchSize; place++) {
      indices[place] = Math.min(first + place, total - 1);
    }
    fillBatch(views, indices, images, "chwn");
    const count = Math.min(batchSize, total - first);
    const encoded = await encode(images);
    for (const name of Object.keys(encoded) as Name[]) {
      const width = encoded[name].length / batchSize;
      results[name] ??= new Float32Array(total * width);
      results[name].set(encoded[name].subarray(0, count * width), first * width);
    }
    onProgress?.(first + count, total);
  }
  return results;
}
