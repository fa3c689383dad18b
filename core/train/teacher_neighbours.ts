/**
 * The nearest images of each image, by a teacher.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import type { EmbeddingTable } from "./embedding_table.ts";

/** Most images: every one is compared with every other. */
const mostSamples = 50_000;

/** Mean embeddings of the views of each sample, brought to unit length, [samples, D]. */
function sampleMeans(table: EmbeddingTable, viewsPerSample: number): Float32Array {
  const { dimension } = table, samples = table.rows / viewsPerSample;
  const means = new Float32Array(samples * dimension);
  const rows = new Uint32Array(viewsPerSample),
    views = new Float32Array(viewsPerSample * dimension);
  for (let sample = 0; sample < samples; sample++) {
    for (let view = 0; view < viewsPerSample; view++) rows[view] = sample * viewsPerSample + view;
    table.gather(rows, views);
    const mean = means.subarray(sample * dimension, (sample + 1) * dimension);
    views.forEach((value, place) => mean[place % dimension]! += value);
    const length = Math.hypot(...mean) || 1;
    mean.forEach((value, place) => mean[place] = value / length);
  }
  return means;
}

/**
 * The nearest other samples of each sample by the cosine of the teacher's mean embeddings, nearest
 * first; of equally near ones the first.
 *
 * @param table A row for each view, `sample * viewsPerSample + view`.
 * @param count Neighbours of each sample.
 * @returns Indices of samples, [samples, count].
 * @throws {ConfigError} where there are fewer other samples than neighbours, or too many samples.
 */
export function teacherNeighbours(
  table: EmbeddingTable,
  { viewsPerSample, count }: { readonly viewsPerSample: number; readonly count: number },
): Uint32Array {
  const { dimension } = table, samples = table.rows / viewsPerSample;
  if (samples <= count) {
    throw new ConfigError(
      `Cannot find ${count} neighbours of an image among ${samples} images; use fewer neighbours or ` +
        "more images",
    );
  }
  if (samples > mostSamples) {
    throw new ConfigError(
      `Cannot find neighbours among ${samples} images: every image is compared with every other, ` +
        `which is done for ${mostSamples} at most`,
    );
  }
  const means = sampleMeans(table, viewsPerSample);
  const neighbours = new Uint32Array(samples * count), best = new Float64Array(count);
  for (let sample = 0; sample < samples; sample++) {
    const own = neighbours.subarray(sample * count, (sample + 1) * count);
    best.fill(-Infinity);
    for (let other = 0; other < samples; other++) {
      if (other === sample) continue;
      let cosine = 0;
      for (let place = 0; place < dimension; place++) {
        cosine += means[sample * dimension + place]! * means[other * dimension + place]!;
      }
      if (cosine <= best[count - 1]!) continue;
      let rank = count - 1;
      for (; rank > 0 && best[rank - 1]! < cosine; rank--) {
        best[rank] = best[rank - 1]!;
        own[rank] = own[rank - 1]!;
      }
      best[rank] = cosine;
      own[rank] = other;
    }
  }
  return neighbours;
}
