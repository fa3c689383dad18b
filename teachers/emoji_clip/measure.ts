/**
 * Accuracy of `emoji-clip`: zero-shot against class names, by icon set and dataset.
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
import { allDatasets, type JoinedSplit, joinSplit } from "./training_data.ts";

/** Top-1 accuracy in percent, by the dataset that the icons are from. */
export type AccuracyByDataset = Record<string, { top1: number; icons: number }>;

/** Views of an icon that accuracies are measured on. */
export const viewsPerIcon = 4;

/** Embeds the first views of each icon, [icons · views, 256], icon by icon. */
export async function embedSplit(
  weights: NamedTensors,
  joined: JoinedSplit,
  views: number,
): Promise<Float32Array> {
  const { imageSize, dimension } = emojiClipSizes;
  const batchSize = 64;
  const encoder = await ImageEncoder.create(weights, { batchSize });
  const scratch = scratchViews(batchSize, imageSize);
  const everyPlace = Uint32Array.from({ length: batchSize }, (_, place) => place);
  const images = new Uint8Array(scratch.pixels.length);
  const bytes = imageSize * imageSize * 3;
  const total = joined.samples.length * views;
  const rows = new Float32Array(total * dimension);
  for (let first = 0; first < total; first += batchSize) {
    const count = Math.min(batchSize, total - first);
    for (let place = 0; place < count; place++) {
      const sample = Math.floor((first + place) / views);
      const viewSeed = new RandomStream(0, "measure", first + place).uint32();
      joined.draw(sample, viewSeed, imageSize, scratch.pixels, place * bytes);
    }
    fillBatch(scratch, everyPlace, images, "chwn");
    const embeddings = await encoder.encode(images);
    rows.set(embeddings.subarray(0, count * dimension), first * dimension);
  }
  await encoder.release();
  return rows;
}

/** The text bank of class names, [K, 256], from 20 prompts each. */
export async function embedNames(
  weights: NamedTensors,
  words: WordVectors,
  classNames: readonly string[],
): Promise<Float32Array> {
  const { captionLength } = emojiClipSizes;
  const { data } = await buildTextBank(
    (texts) => {
      const captions = new Float32Array(texts.length * captionLength);
      texts.forEach((text, index) =>
        captions.set(encodeCaption(text, words).vector, index * captionLength)
      );
      return encodeCaptionVectors(weights, captions);
    },
    classNames,
    templateSets["emoji"],
  );
  return data;
}

/**
 * Zero-shot top-1 of a split's icons, four views each, against the names of all data sets at once.
 *
 * @param datasets Whose icons and names. @default all 744 names
 */
export async function measureZeroShot(
  weights: NamedTensors,
  words: WordVectors,
  split: SplitName,
  datasets: readonly string[] = allDatasets,
): Promise<AccuracyByDataset> {
  const { dimension } = emojiClipSizes;
  const joined = await joinSplit(datasets, split);
  const texts = await embedNames(weights, words, joined.classNames);
  const images = await embedSplit(weights, joined, viewsPerIcon);
  const hits = new Map<string, { hits: number; views: number; icons: Set<string> }>();
  for (let view = 0; view < images.length / dimension; view++) {
    const { label, dataset, id } = joined.samples[Math.floor(view / viewsPerIcon)]!;
    const entry = hits.get(dataset) ?? { hits: 0, views: 0, icons: new Set() };
    entry.hits += nearestRow(images, view, texts, dimension) === label ? 1 : 0;
    entry.views++;
    entry.icons.add(id);
    hits.set(dataset, entry);
  }
  return Object.fromEntries(
    [...hits].map(([name, { hits, views, icons }]) => [
      name,
      { top1: 100 * hits / views, icons: icons.size },
    ]),
  );
}

/** The row of `texts` with the largest product with a row of `images`, the first of equal ones. */
function nearestRow(
  images: Float32Array,
  image: number,
  texts: Float32Array,
  dimension: number,
): number {
  let best = 0, bestSimilarity = -Infinity;
  for (let row = 0; row < texts.length / dimension; row++) {
    let similarity = 0;
    for (let column = 0; column < dimension; column++) {
      similarity += images[image * dimension + column]! * texts[row * dimension + column]!;
    }
    if (similarity > bestSimilarity) [best, bestSimilarity] = [row, similarity];
  }
  return best;
}
