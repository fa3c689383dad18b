/**
 * The two stages in which `emoji-clip` is trained.
 *
 * @module
 */

import { ConfigError } from "../../core/errors.ts";
import { readFileIfPresent, writeFileAtomic } from "../../core/files.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { readSafetensors, writeSafetensors } from "../../core/nn/safetensors.ts";
import { linearWarmupCosine } from "../../core/optim/schedule.ts";
import { printLine, tell } from "../../core/output.ts";
import type { WordVectors } from "../../core/text/word_vectors.ts";
import { checkpointKey } from "../../core/train/checkpoint.ts";
import { fit, type FitOptions } from "../../core/train/fit.ts";
import { embeddingLengths } from "./encoder.ts";
import { addOffsets } from "./modality_offsets.ts";
import { PairBatches } from "./pair_batches.ts";
import { emojiClipPairStep } from "./pair_step.ts";
import type { EmojiClipRecipe } from "./recipe.ts";
import { TrainingBatches } from "./training_batches.ts";
import { type CaptionSource, captionStatistics, type JoinedSplit } from "./training_data.ts";
import { emojiClipStep } from "./training_step.ts";
import { readTowers } from "./weights_file.ts";

/** What a stage is given. */
export interface StageContext {
  readonly recipe: EmojiClipRecipe;
  readonly split: JoinedSplit;
  readonly captions: CaptionSource;
  readonly words: WordVectors;
  /** Folder of checkpoints and of the weights of the first stage. */
  readonly out: string;
  readonly threads: number;
  /** Measures weights while they are trained. */
  readonly measure: (weights: NamedTensors) => Promise<string>;
}

/** Steps between two measurements. */
const measureEvery = { captions: 1000, pairs: 150 };

/** @throws {ConfigError} where the checkpoint is of another recipe. */
async function assertSameRecipe(path: string, recipeText: string): Promise<void> {
  const key = await checkpointKey(path);
  if (key !== undefined && key !== recipeText) {
    throw new ConfigError(
      `Cannot resume from ${path}: expected a checkpoint of the recipe ${recipeText}, got ${key}; ` +
        "choose another --out or delete it",
    );
  }
}

/** Trains one stage; prints its course. */
async function trainStage(
  stage: keyof typeof measureEvery,
  { threads, measure }: StageContext,
  options:
    & Pick<FitOptions, "step" | "batches" | "initialWeights">
    & {
      readonly settings: {
        readonly steps: number;
        readonly learningRate: number;
        readonly warmupSteps: number;
        readonly seed: number;
      };
      readonly checkpoint: { readonly path: string; readonly key: string };
    },
): Promise<NamedTensors> {
  const { settings, checkpoint, ...rest } = options;
  const { steps, learningRate: peak, warmupSteps, seed } = settings;
  await assertSameRecipe(checkpoint.path, checkpoint.key);
  let speed = 0;
  const { weights } = await fit({
    ...rest,
    steps,
    schedule: linearWarmupCosine({ peak, warmupSteps, steps }),
    seed,
    threads,
    checkpoint,
    onProgress: ({ stepsPerSecond = 0 }) => speed = stepsPerSecond,
    onWarning: (message) => tell(`warning: ${message}`),
    async onPoint({ step: done, loss, parts }, current) {
      if (done % 50 === 0) {
        const left = speed > 0 ? `  ${Math.round((steps - done) / speed / 60)} min left` : "";
        printLine(
          `${stage}: step ${done}  loss ${loss.toFixed(3)}  scale ${parts["scale"]!.toFixed(1)}  ` +
            `${speed.toFixed(2)} steps/s${left}`,
        );
      }
      if (done % measureEvery[stage] === 0 || done === steps) {
        printLine(`${stage}: step ${done}  ${await measure(current.weights())}`);
      }
    },
  });
  return weights;
}

/** The weights of a finished first stage of the same recipe; undefined where there are none. */
async function finishedCaptionStage(
  path: string,
  model: string,
  recipeText: string,
  widthMultiplier: number,
): Promise<NamedTensors | undefined> {
  const bytes = await readFileIfPresent(path);
  if (bytes === undefined) return undefined;
  const { metadata } = readSafetensors(bytes, path);
  if (metadata["model"] !== model || metadata["recipe"] !== recipeText) {
    throw new ConfigError(
      `Cannot go on from ${path}: expected ${model} of the recipe ${recipeText}, got ` +
        `${metadata["model"]} of ${metadata["recipe"]}; choose another --out or delete it`,
    );
  }
  return readTowers(bytes, path, widthMultiplier);
}

/**
 * First stage: images against the captions of all taught concepts. It is not done again where its
 * weights are there.
 *
 * @returns The weights as they are stored, in half precision.
 * @throws {ConfigError} where the folder holds weights or a checkpoint of another recipe.
 */
export async function trainOnCaptions(context: StageContext): Promise<NamedTensors> {
  const { recipe, split, captions, words, out } = context;
  const { model, widthMultiplier, captions: settings } = recipe;
  const recipeText = JSON.stringify(settings);
  const path = `${out}/captions.safetensors`;
  const finished = await finishedCaptionStage(path, model, recipeText, widthMultiplier);
  if (finished) return finished;
  const weights = await trainStage("captions", context, {
    settings,
    step: emojiClipStep({
      ...settings,
      widthMultiplier,
      classes: split.classNames.length,
      captionStatistics: captionStatistics(split.classNames, words),
    }),
    batches: new TrainingBatches(split, captions, settings),
    checkpoint: { path: `${out}/captions.checkpoint.safetensors`, key: recipeText },
  });
  const file = writeSafetensors(weights, {
    dtype: "F16",
    metadata: { model, recipe: recipeText },
  });
  await writeFileAtomic(path, file);
  return readTowers(file, path, widthMultiplier);
}

/**
 * Second stage: pairs of images and captions against each other, from the weights of the first with an
 * offset for each modality.
 *
 * @throws {ConfigError} where the folder holds a checkpoint of another recipe.
 */
export async function trainOnPairs(
  context: StageContext,
  first: NamedTensors,
): Promise<NamedTensors> {
  const { recipe, split, captions, out } = context;
  const { widthMultiplier, pairs: settings } = recipe;
  const batches = new PairBatches(split, captions, settings);
  const { images, captions: texts } = batches.draw(0);
  const lengths = await embeddingLengths(first, {
    images: images!.data as Uint8Array,
    captions: texts!.data as Float32Array,
  });
  const { offsetShare: share, offsetCosine: cosine, seed } = settings;
  const initialWeights = addOffsets(first, lengths, { share, cosine, seed });
  printLine(`pairs: with offsets  ${await context.measure(initialWeights)}`);
  return await trainStage("pairs", context, {
    settings,
    step: emojiClipPairStep({ ...settings, widthMultiplier }),
    batches,
    initialWeights,
    checkpoint: {
      path: `${out}/pairs.checkpoint.safetensors`,
      key: JSON.stringify({ captions: recipe.captions, pairs: settings }),
    },
  });
}
