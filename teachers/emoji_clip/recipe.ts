/**
 * The recipes of the shipped weights.
 *
 * @module
 */

import { type EmojiClipName, imageTowerWidths } from "./towers.ts";

/** First stage: images against the captions of all taught concepts. */
export interface CaptionRecipe {
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly weightDecay: number;
  /** Factor on the text tower's learning rate. */
  readonly textLearningRate: number;
  readonly seed: number;
}

/** Second stage: pairs of images and captions against each other, from offset towers. */
export interface PairRecipe {
  readonly steps: number;
  readonly batchSize: number;
  /** Random convolutions of a batch. */
  readonly textures: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly weightDecay: number;
  /** Share of the offset in the squared length of an embedding, at the beginning. */
  readonly offsetShare: number;
  /** Cosine between the offsets of images and of texts, at the beginning. */
  readonly offsetCosine: number;
  readonly seed: number;
}

/** Both stages. */
export interface EmojiClipRecipe {
  readonly model: EmojiClipName;
  /** Channels of the image tower, as a share of ResNet-18's. */
  readonly widthMultiplier: number;
  readonly captions: CaptionRecipe;
  readonly pairs: PairRecipe;
}

const captions: CaptionRecipe = {
  steps: 4800,
  batchSize: 128,
  learningRate: 3e-3,
  warmupSteps: 200,
  weightDecay: 0.05,
  textLearningRate: 1,
  seed: 0,
};

const pairs: PairRecipe = {
  steps: 1200,
  batchSize: 336,
  textures: 21,
  learningRate: 2e-3,
  warmupSteps: 50,
  weightDecay: 0.05,
  offsetShare: 0.5,
  offsetCosine: 0.3,
  seed: 0,
};

/** Steps of both stages. */
const steps: Readonly<
  Record<EmojiClipName, { readonly captions: number; readonly pairs: number }>
> = {
  "emoji-clip": { captions: captions.steps, pairs: pairs.steps },
  "emoji-clip-small": { captions: 2400, pairs: 1200 },
  "emoji-clip-tiny": { captions: 2400, pairs: 1200 },
};

/** The recipe of a model: the smaller ones differ in width and length alone. */
export function emojiClipRecipe(model: EmojiClipName): EmojiClipRecipe {
  return {
    model,
    widthMultiplier: imageTowerWidths[model],
    captions: { ...captions, steps: steps[model].captions },
    pairs: { ...pairs, steps: steps[model].pairs },
  };
}
