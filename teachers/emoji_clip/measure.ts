/**
 * Accuracy of `emoji-clip`: zero-shot against all 744 class names, by icon set and dataset.
 *
 * @module
 */

import { fillBatch } from "../../core/data/batches.ts";
import type { SplitName } from "../../core/data/dataset.ts";
import { buildTextBank } from "../../core/text/text_bank.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { RandomStream } from "../../core/random.ts";
import { encodeCaption } from "../../core/text/caption.ts";
import { templateSets } from "../../core/text/templates.ts";
import type { WordVectors } from "../../core/text/word_vectors.ts";
import { encodeCaptionVectors, ImageEncoder } from "./encoder.ts";
import { emojiClipSizes } from "./towers.ts";
import { scratchViews } from "./training_batches.ts";
import { allDatasets, joinSplit } from "./training_data.ts";

/** Top-1 accuracy in percent, by the dataset that the icons are from. */
export type AccuracyByDataset = Record<string, { top1: number; icons: number }>;

const viewsPerIcon = 4;

/** Zero-shot top-1 of a split's icons, four views each, against all 744 names. */
export async function measureZeroShot(
  weights: NamedTensors,
  words: WordVectors,
  split: SplitName,
): Promise<AccuracyByDataset> {
  const { imageSize, dimension, captionLength } = emojiClipSizes;
  const joined = await joinSplit(allDatasets, split);
  const bank = await buildTextBank(
    (texts) => {
      const captions = new Float32Array(texts.length * captionLength);
      texts.forEach((text, index) =>
        captions.set(encodeCaption(text, words).vector, index * captionLength)
      );
      return encodeCaptionVectors(weights, captions);
    },
    joined.classNames,
    templateSets["emoji"],
  );
  const batchSize = 64;
  const encoder = await ImageEncoder.create(weights, { batchSize });
  const scratch = scratchViews(batchSize, imageSize);
  const everyPlace = Uint32Array.from({ length: batchSize }, (_, place) => place);
  const images = new Uint8Array(scratch.pixels.length);
  const bytes = imageSize * imageSize * 3;
  const total = joined.samples.length * viewsPerIcon;
  const hits = new Map<string, { hits: number; views: number; icons: Set<string> }>();
  for (let first = 0; first < total; first += batchSize) {
    const count = Math.min(batchSize, total - first);
    for (let place = 0; place < count; place++) {
      const sample = Math.floor((first + place) / viewsPerIcon);
      const viewSeed = new RandomStream(0, "measure", first + place).uint32();
      joined.draw(sample, viewSeed, imageSize, scratch.pixels, place * bytes);
    }
    fillBatch(scratch, everyPlace, images, "chwn");
    const embeddings = await encoder.encode(images);
    for (let place = 0; place < count; place++) {
      const { label, dataset, id } = joined.samples[Math.floor((first + place) / viewsPerIcon)]!;
      let best = 0, bestSimilarity = -Infinity;
      for (let row = 0; row < bank.classes; row++) {
        let similarity = 0;
        for (let column = 0; column < dimension; column++) {
          similarity += embeddings[place * dimension + column]! *
            bank.data[row * dimension + column]!;
        }
        if (similarity > bestSimilarity) [best, bestSimilarity] = [row, similarity];
      }
      const entry = hits.get(dataset) ?? { hits: 0, views: 0, icons: new Set() };
      entry.hits += best === label ? 1 : 0;
      entry.views++;
      entry.icons.add(id);
      hits.set(dataset, entry);
    }
  }
  await encoder.release();
  return Object.fromEntries(
    [...hits].map(([name, { hits, views, icons }]) => [
      name,
      { top1: 100 * hits / views, icons: icons.size },
    ]),
  );
}
