/**
 * The mean embeddings of both modalities, which are stored beside the weights.
 *
 * @module
 */

import { DataError } from "../../core/errors.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { meanRow } from "../../core/projection/points.ts";
import type { WordVectors } from "../../core/text/word_vectors.ts";
import type { ModalityMeans } from "../changed_geometry.ts";
import { embedNames, embedSplit } from "./measure.ts";
import { emojiClipSizes } from "./towers.ts";
import type { JoinedSplit } from "./training_data.ts";

const names = { image: "image_mean", text: "text_mean" } as const;

/**
 * Weights with the means of the embeddings of a view of each taught icon and of the taught names.
 */
export async function withMeans(
  weights: NamedTensors,
  words: WordVectors,
  split: JoinedSplit,
): Promise<NamedTensors> {
  const { dimension } = emojiClipSizes;
  const mean = (rows: Float32Array) => ({
    shape: [dimension],
    data: Float32Array.from(meanRow(rows, dimension)),
  });
  return new Map([
    ...weights,
    [names.image, mean(await embedSplit(weights, split, 1))],
    [names.text, mean(await embedNames(weights, words, split.classNames))],
  ]);
}

/** The stored means. @throws {DataError} where a weights file has none. */
export function readMeans(weights: NamedTensors, path: string): ModalityMeans {
  const read = (name: string) => {
    const tensor = weights.get(name);
    if (tensor) return tensor.data;
    throw new DataError(
      `Cannot center the embeddings of ${path}: it lacks "${name}"; train it again`,
    );
  };
  return { image: read(names.image), text: read(names.text) };
}
