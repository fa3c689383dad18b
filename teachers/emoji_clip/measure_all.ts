/**
 * Everything that the cards of `emoji-clip` say of a model: accuracy by icon set, scale, geometry.
 *
 * @module
 */

import { packageFile } from "../../core/files.ts";
import { printLine } from "../../core/output.ts";
import { readShippedFile } from "../../core/shipped_file.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { loadWordVectors, type WordVectors } from "../../core/text/word_vectors.ts";
import {
  type EmbeddingGeometry,
  type LabelledEmbeddings,
  measureGeometry,
  measureSharpness,
  type SoftmaxSharpness,
} from "../geometry.ts";
import { promptWords } from "./captions.ts";
import { embedNames, embedSplit, measureZeroShot } from "./measure.ts";
import { type EmojiClipName, emojiClipSizes, imageTowerWidths } from "./towers.ts";
import { allDatasets, joinSplit } from "./training_data.ts";
import { readTowers, weightsFileName } from "./weights_file.ts";

/** The temperature that LGD and SEED are published with for the teacher. */
const publishedTemperature = 0.01;

/** Geometry and sharpness on one split of a data set. */
export interface SplitGeometry extends EmbeddingGeometry {
  /** Sharpness at the temperature that LGD and SEED are published with. */
  readonly published: SoftmaxSharpness;
  /** Sharpness at the model's own scale. */
  readonly own: SoftmaxSharpness;
}

/** Scale of the logits that a model has learned. */
export function learnedScale(weights: NamedTensors): number {
  return Math.exp(weights.get("logit_scale")?.data[0] ?? NaN);
}

/** Embeddings of one view of each icon of a split, and of the names of its data set. */
async function embeddingsOf(
  weights: NamedTensors,
  words: WordVectors,
  dataset: string,
  split: string,
): Promise<LabelledEmbeddings> {
  const joined = await joinSplit([dataset], split);
  return {
    images: await embedSplit(weights, joined, 1),
    labels: joined.samples.map(({ label }) => label),
    texts: await embedNames(weights, words, joined.classNames),
    dimension: emojiClipSizes.dimension,
  };
}

/** Measures the geometry on one split of a data set, one view of each icon. */
export async function measureSplitGeometry(
  weights: NamedTensors,
  words: WordVectors,
  dataset: string,
  split: string,
): Promise<SplitGeometry> {
  const embeddings = await embeddingsOf(weights, words, dataset, split);
  return {
    ...measureGeometry(embeddings),
    published: measureSharpness(embeddings, publishedTemperature),
    own: measureSharpness(embeddings, 1 / learnedScale(weights)),
  };
}

/** One line of {@linkcode SplitGeometry}. */
export function describeGeometry(geometry: SplitGeometry): string {
  const { imageImage, textText, matched, unmatched, gap, labelAgreement, published, own } =
    geometry;
  const sharpness = ({ meanMaximum, meanEntropy }: SoftmaxSharpness) =>
    `mean maximum ${meanMaximum.toFixed(3)}, entropy ${meanEntropy.toFixed(2)}`;
  return `image–image ${imageImage.toFixed(3)}  text–text ${textText.toFixed(3)}  ` +
    `matched ${matched.toFixed(3)}  unmatched ${unmatched.toFixed(3)}  gap ${gap.toFixed(3)}  ` +
    `label agreement ${labelAgreement.toFixed(1)} %  softmax at ${publishedTemperature}: ` +
    `${sharpness(published)}; at its own scale: ${sharpness(own)}`;
}

/** Splits and data sets whose geometry the card states. */
const geometrySplits = [
  ["emojinet-553", "train"],
  ["emojinet-553", "dev"],
  ["emojinet-100", "dev"],
] as const;

/** Names among which accuracies are printed: all at once, and those of single data sets. */
const nameSets: readonly (readonly string[])[] = [
  allDatasets,
  ["emojinet-100"],
  ["emojiunseen-65"],
];

/**
 * Prints scale, geometry and accuracy of a model.
 *
 * @param path Its weights. @default the shipped ones
 * @param splits Whose accuracy is printed.
 * @throws {DataError} when the weights are missing or damaged.
 */
export async function printMeasurements(
  model: EmojiClipName,
  path: string = packageFile(`teachers/emoji_clip/${weightsFileName(model)}`),
  splits: readonly string[] = ["dev", "val", "ood"],
): Promise<void> {
  const weights = readTowers(await readShippedFile(path), path, imageTowerWidths[model]);
  const words = promptWords(await loadWordVectors());
  printLine(`${model}  learned scale ${learnedScale(weights).toFixed(1)}`);
  for (const [dataset, split] of geometrySplits) {
    const geometry = await measureSplitGeometry(weights, words, dataset, split);
    printLine(`${dataset} ${split}  ${describeGeometry(geometry)}`);
  }
  for (const split of splits) {
    const accuracies = await Promise.all(
      nameSets.map((datasets) => measureZeroShot(weights, words, split, datasets)),
    );
    nameSets.forEach((datasets, index) => {
      const columns = Object.entries(accuracies[index]!).map(([name, { top1, icons }]) =>
        `${name} ${top1.toFixed(1)} (${icons} icons)`
      );
      printLine(`${split}, names of ${datasets.join(" + ")}: ${columns.join("  ")}`);
    });
  }
}
