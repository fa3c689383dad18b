/**
 * Trains the teacher `emoji-clip`: `deno task train-teacher --out runs/emoji-clip`.
 *
 * Resumes from its last checkpoint. While it trains it measures itself on the dev artist only;
 * `--measure` prints the accuracy on every artist for the card, once the recipe is settled.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { ConfigError } from "../../core/errors.ts";
import { readFileIfPresent, writeFileAtomic } from "../../core/files.ts";
import { namedParts, type NamedTensors } from "../../core/nn/parameters.ts";
import { readSafetensors, writeSafetensors } from "../../core/nn/safetensors.ts";
import { linearWarmupCosine } from "../../core/optim/schedule.ts";
import { Trainer, type TrainingState } from "../../core/train/trainer.ts";
import { teacherArtists } from "../../core/data/readers/emoji/credits.ts";
import { loadWordVectors } from "../../core/text/word_vectors.ts";
import { promptWords } from "./captions.ts";
import { measureZeroShot } from "./measure.ts";
import { TrainingBatches } from "./training_batches.ts";
import { captionSource, captionStatistics, joinSplit, taughtDatasets } from "./training_data.ts";
import { emojiClipStep } from "./training_step.ts";
import type { TrainingStep } from "../../core/train/training_step.ts";

/** The recipe of the shipped weights. */
const recipe = {
  steps: 4800,
  batchSize: 128,
  learningRate: 3e-3,
  warmupSteps: 200,
  weightDecay: 0.05,
  textLearningRate: 1,
  seed: 0,
};

const checkpointEvery = 250;
const measureEvery = 1000;

function weightsOf(step: TrainingStep, state: TrainingState): NamedTensors {
  const { parameters, buffers } = state.tensors;
  return new Map([
    ...namedParts(parameters!.data as Float32Array, step.spec.parameters),
    ...namedParts(buffers!.data as Float32Array, step.spec.buffers),
  ]);
}

/** @throws {ConfigError} where the checkpoint is of another recipe. */
async function loadCheckpoint(path: string, recipe: string): Promise<TrainingState | undefined> {
  const bytes = await readFileIfPresent(path);
  if (!bytes) return undefined;
  const { tensors, metadata } = readSafetensors(bytes, path);
  if (metadata["recipe"] !== recipe) {
    throw new ConfigError(
      `Cannot go on from ${path}: it is of the recipe ${metadata["recipe"]}, not ${recipe}; ` +
        "choose another --out or delete it",
    );
  }
  return {
    step: Number(metadata["step"]),
    tensors: Object.fromEntries(
      [...tensors].map(([name, { shape, data }]) => [
        name,
        { dtype: "float32" as const, shape, data: data as Float32Array },
      ]),
    ),
  };
}

async function saveCheckpoint(
  path: string,
  state: TrainingState,
  recipe: string,
): Promise<void> {
  const tensors = new Map(
    Object.entries(state.tensors).map(([name, { shape, data }]) => [
      name,
      { shape, data: data as Float32Array },
    ]),
  );
  const metadata = { step: `${state.step}`, recipe };
  await writeFileAtomic(path, writeSafetensors(tensors, { metadata }));
}

const help = `Trains the teacher emoji-clip again.

  deno task train-teacher --out runs/emoji-clip

  --out <folder>    where checkpoint and weights go (default: runs/emoji-clip)
  --steps <count>   training steps (default: ${recipe.steps})
  --threads <count> threads (default: 1)
  --measure         print the accuracy on every artist at the end
  -h, --help        print this

It goes on from the folder's checkpoint. The weights are used once they stand in place of
teachers/emoji_clip/weights.safetensors.`;

/** The command line. @throws {ConfigError} for an unknown option or a value that is not a number. */
function readArguments() {
  let values;
  try {
    ({ values } = parseArgs({
      args: Deno.args,
      options: {
        out: { type: "string", default: "runs/emoji-clip" },
        steps: { type: "string", default: `${recipe.steps}` },
        threads: { type: "string", default: "1" },
        measure: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}. See --help`);
  }
  const steps = Number(values.steps), threads = Number(values.threads);
  for (const [name, value] of [["steps", steps], ["threads", threads]] as const) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ConfigError(`--${name}: expected a whole number from 1`);
    }
  }
  return { ...values, steps, threads };
}

async function main(): Promise<void> {
  const values = readArguments();
  if (values.help) {
    console.log(help);
    return;
  }
  const { steps } = values;
  const recipeText = JSON.stringify({ ...recipe, steps });
  const words = promptWords(await loadWordVectors());
  const split = await joinSplit(taughtDatasets, "train", { artists: teacherArtists });
  const captions = await captionSource(split.classNames, words);
  const batches = new TrainingBatches(split, captions, recipe);
  console.log(
    `${split.samples.length} icons of ${split.classNames.length} concepts, ${steps} steps`,
  );

  const step = emojiClipStep({
    ...recipe,
    classes: split.classNames.length,
    captionStatistics: captionStatistics(split.classNames, words),
  });
  const checkpoint = `${values.out}/checkpoint.safetensors`;
  const state = await loadCheckpoint(checkpoint, recipeText);
  const trainer = await Trainer.create(step, {
    seed: recipe.seed,
    session: { threads: values.threads },
    ...(state ? { state } : {}),
  });
  const schedule = linearWarmupCosine({
    peak: recipe.learningRate,
    warmupSteps: recipe.warmupSteps,
    steps,
  });
  let meanLoss = 0, counted = 0, started = performance.now();
  while (trainer.state.step < steps) {
    const index = trainer.state.step;
    const { loss, parts } = await trainer.step(batches.draw(index), schedule(index));
    meanLoss += loss;
    counted++;
    const done = trainer.state.step;
    if (done % 50 === 0) {
      const seconds = (performance.now() - started) / 1000 / counted;
      console.log(
        `step ${done}  loss ${(meanLoss / counted).toFixed(3)}  scale ${
          parts["scale"]!.toFixed(1)
        }  ${seconds.toFixed(3)} s/step  ${Math.round((steps - done) * seconds / 60)} min left`,
      );
      meanLoss = counted = 0;
      started = performance.now();
    }
    if (done % checkpointEvery === 0 || done === steps) {
      await saveCheckpoint(checkpoint, trainer.state, recipeText);
    }
    if (done % measureEvery === 0 || done === steps) {
      const accuracy = await measureZeroShot(weightsOf(step, trainer.state), words, "dev");
      console.log(`step ${done}  dev artist: ${JSON.stringify(accuracy)}`);
      started = performance.now();
    }
  }
  const weights = weightsOf(step, trainer.state);
  await writeFileAtomic(
    `${values.out}/weights.safetensors`,
    writeSafetensors(weights, {
      dtype: "F16",
      metadata: { model: "emoji-clip", recipe: recipeText },
    }),
  );
  if (values.measure) {
    for (const artist of ["dev", "val", "ood"] as const) {
      console.log(artist, JSON.stringify(await measureZeroShot(weights, words, artist)));
    }
  }
  await trainer.release();
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`error: ${error.message}`);
    Deno.exit(2);
  });
}
