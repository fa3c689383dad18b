/**
 * The draws of the bootstrap: which samples each resample has. They depend on nothing but the count and a
 * seed, so that the numbers of two models are drawn alike.
 *
 * @module
 */

import { RandomStream } from "../random.ts";

/** Largest number of resampled indices that is kept for the next number of equal size (16 MiB). */
const mostKeptIndices = 2 ** 22;

/** Most tables of resampled indices that are kept. */
const mostKeptTables = 4;

const keptTables = new Map<string, Uint32Array>();

/** Fills `output` with sample indices drawn with replacement from 0 … n − 1. */
function drawIndices(stream: RandomStream, n: number, output: Uint32Array): void {
  // ⌊u·n / 2³²⌋: the bias is below n / 2³², far under the bootstrap's own noise.
  const factor = n / 2 ** 32;
  for (let index = 0; index < output.length; index++) {
    output[index] = Math.floor(stream.uint32() * factor);
  }
}

/**
 * The sample indices of every resample, one row of n per call: from the kept table where all of them
 * fit into it, else drawn row by row; both give the same numbers.
 */
export function sampleDraws(n: number, resamples: number, seed: number): () => Uint32Array {
  const stream = new RandomStream(seed, "bootstrap samples", n);
  if (n * resamples > mostKeptIndices) {
    const row = new Uint32Array(n);
    return () => {
      drawIndices(stream, n, row);
      return row;
    };
  }
  const key = `${n} ${resamples} ${seed}`;
  let table = keptTables.get(key);
  if (table === undefined) {
    table = new Uint32Array(n * resamples);
    drawIndices(stream, n, table);
    const oldest = keptTables.keys().next();
    if (keptTables.size >= mostKeptTables && !oldest.done) keptTables.delete(oldest.value);
    keptTables.set(key, table);
  }
  const kept = table;
  let start = 0;
  return () => kept.subarray(start, start += n);
}
