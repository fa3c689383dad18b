/**
 * What `emoji-clip` is trained on: icons of the icon sets without a share-alike licence, of the
 * pre-training and transfer concepts, each with captions from its names and keywords.
 *
 * @module
 */

import { getDataset } from "../../core/data/registry.ts";
import { openViews } from "../../core/data/views/open_views.ts";
import type { SplitName, ViewSource } from "../../core/data/dataset.ts";
import { loadConcepts } from "../../core/data/readers/emoji/concepts.ts";
import type { RandomStream } from "../../core/random.ts";
import { encodeCaption } from "../../core/text/caption.ts";
import { fillTemplate, templateSets } from "../../core/text/templates.ts";
import type { WordVectors } from "../../core/text/word_vectors.ts";
import type { CaptionStatistics } from "./towers.ts";

/** The datasets whose names the teacher is taught; `emojiunseen-65` is never among them. */
export const taughtDatasets = ["emojinet-553", "emojitech-126"] as const;
/** All 744 names, for measuring. */
export const allDatasets = [...taughtDatasets, "emojiunseen-65"] as const;

/** Icons of several datasets in one list of classes. */
export interface JoinedSplit {
  readonly classNames: readonly string[];
  readonly samples: readonly {
    readonly id: string;
    readonly label: number;
    readonly dataset: string;
  }[];
  /** Draws a fresh view of a sample. */
  draw(
    sample: number,
    viewSeed: number,
    imageSize: number,
    output: Uint8Array,
    offset: number,
  ): void;
}

/** Joins a split of several datasets; labels count on from dataset to dataset. */
export async function joinSplit(
  names: readonly string[],
  split: SplitName,
  options: { groups?: readonly string[]; strong?: boolean } = {},
): Promise<JoinedSplit> {
  const classNames: string[] = [];
  const samples: { id: string; label: number; dataset: string }[] = [];
  const from: { source: ViewSource; index: number }[] = [];
  for (const name of names) {
    const dataset = await getDataset(name);
    const source = await openViews(dataset, split, options);
    [...source.samples].forEach(({ id, label }, index) => {
      samples.push({ id, label: classNames.length + label, dataset: name });
      from.push({ source, index });
    });
    classNames.push(...dataset.classNames);
  }
  return {
    classNames,
    samples,
    draw(sample, viewSeed, imageSize, output, offset) {
      const { source, index } = from[sample]!;
      source.draw(index, viewSeed, imageSize, output, offset);
    },
  };
}

/** Draws a caption vector for every class name. */
export interface CaptionSource {
  /** Writes one caption vector per class, [classes, 100]. */
  draw(random: RandomStream, output: Float32Array): void;
}

/**
 * Captions of the embedded concepts: a template filled with the class name, and in a third of the
 * draws up to two of the concept's keywords behind it.
 */
export async function captionSource(
  classNames: readonly string[],
  words: WordVectors,
): Promise<CaptionSource> {
  const keywordsByName = new Map<string, readonly string[]>();
  for (const concept of await loadConcepts()) {
    if (concept.className !== null) keywordsByName.set(concept.className, concept.keywords);
  }
  const templates = [
    ...templateSets["imagenet-80"],
    ...templateSets["emoji"],
    ...templateSets["name"],
  ];
  const cache = new Map<string, Float32Array>();
  const encode = (caption: string) => {
    let vector = cache.get(caption);
    if (!vector) {
      vector = encodeCaption(caption, words).vector;
      if (cache.size < 200_000) cache.set(caption, vector);
    }
    return vector;
  };
  return {
    draw(random, output) {
      classNames.forEach((name, index) => {
        let caption = fillTemplate(random.choose(templates), name);
        const keywords = keywordsByName.get(name) ?? [];
        if (keywords.length > 0 && random.uniform() < 1 / 3) {
          const count = 1 + random.integer(2);
          for (let k = 0; k < count; k++) caption += ` ${random.choose(keywords)}`;
        }
        output.set(encode(caption), index * words.dimension);
      });
    },
  };
}

/** Mean and scale of the caption vectors of the bare names. */
export function captionStatistics(
  classNames: readonly string[],
  words: WordVectors,
): CaptionStatistics {
  const vectors = classNames.map((name) => encodeCaption(name, words).vector);
  const mean = new Float32Array(words.dimension);
  for (const vector of vectors) vector.forEach((value, i) => mean[i]! += value / vectors.length);
  let squares = 0;
  for (const vector of vectors) vector.forEach((value, i) => squares += (value - mean[i]!) ** 2);
  return { mean, scale: Math.sqrt(vectors.length * words.dimension / squares) };
}
