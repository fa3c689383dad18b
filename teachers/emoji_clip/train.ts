/**
 * Trains the teacher `emoji-clip`: `deno task train-teacher --out runs/emoji-clip`.
 *
 * Resumes from its last checkpoint. While it trains it measures itself on the dev icon set only;
 * `--measure` prints the accuracy on every icon set for the card, once the recipe is settled.
 *
 * @module
 */

import { printBlock, printLine, tell } from "../../core/output.ts";
import { userPathOr } from "../../core/paths.ts";
import { parseArgs } from "node:util";
import { ConfigError } from "../../core/errors.ts";
import { writeFileAtomic } from "../../core/files.ts";
import { checksumPath, formatChecksum } from "../../core/shipped_file.ts";
import { writeSafetensors } from "../../core/nn/safetensors.ts";
import { linearWarmupCosine } from "../../core/optim/schedule.ts";
import { checkpointKey } from "../../core/train/checkpoint.ts";
import { fit } from "../../core/train/fit.ts";
import { teacherIconSets } from "../../core/data/readers/emoji/credits.ts";
import { loadWordVectors } from "../../core/text/word_vectors.ts";
import { promptWords } from "./captions.ts";
import { measureZeroShot } from "./measure.ts";
import { TrainingBatches } from "./training_batches.ts";
import { captionSource, captionStatistics, joinSplit, taughtDatasets } from "./training_data.ts";
import { emojiClipStep } from "./training_step.ts";

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

/** Steps between two measurements on the dev icon set. */
const measureEvery = 1000;

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

const help = `Trains the teacher emoji-clip again.

  deno task train-teacher --out runs/emoji-clip

  --out <folder>    where checkpoint and weights go (default: runs/emoji-clip)
  --steps <count>   training steps (default: ${recipe.steps})
  --threads <count> threads (default: 1)
  --measure         print the accuracy on every icon set at the end
  -h, --help        print this

It goes on from the folder's checkpoint. The weights are used once they stand in place of
teachers/emoji_clip/weights.safetensors.`;

/** Where the weights go. */
const defaultOut = "runs/emoji-clip";

/** The command line. @throws {ConfigError} for an unknown option or a value that is not a number. */
function readArguments() {
  let values;
  try {
    ({ values } = parseArgs({
      args: Deno.args,
      options: {
        out: { type: "string" },
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
  return { ...values, out: userPathOr(values.out, defaultOut), steps, threads };
}

async function main(): Promise<void> {
  const values = readArguments();
  if (values.help) {
    printBlock(help);
    return;
  }
  const { steps } = values;
  const recipeText = JSON.stringify({ ...recipe, steps });
  const words = promptWords(await loadWordVectors());
  const split = await joinSplit(taughtDatasets, "train", {
    groups: teacherIconSets,
    strong: true,
  });
  const captions = await captionSource(split.classNames, words);
  const batches = new TrainingBatches(split, captions, recipe);
  printLine(
    `${split.samples.length} icons of ${split.classNames.length} concepts, ${steps} steps`,
  );

  const step = emojiClipStep({
    ...recipe,
    classes: split.classNames.length,
    captionStatistics: captionStatistics(split.classNames, words),
  });
  const path = `${values.out}/checkpoint.safetensors`;
  await assertSameRecipe(path, recipeText);
  const schedule = linearWarmupCosine({
    peak: recipe.learningRate,
    warmupSteps: recipe.warmupSteps,
    steps,
  });
  let speed = 0;
  const { weights } = await fit({
    step,
    batches,
    steps,
    schedule,
    seed: recipe.seed,
    threads: values.threads,
    checkpoint: { path, key: recipeText },
    onProgress: ({ stepsPerSecond = 0 }) => speed = stepsPerSecond,
    onWarning: (message) => tell(`warning: ${message}`),
    async onPoint({ step: done, loss, parts }, current) {
      if (done % 50 === 0) {
        const left = speed > 0 ? `  ${Math.round((steps - done) / speed / 60)} min left` : "";
        printLine(
          `step ${done}  loss ${loss.toFixed(3)}  scale ${parts["scale"]!.toFixed(1)}  ` +
            `${speed.toFixed(1)} steps/s${left}`,
        );
      }
      if (done % measureEvery === 0 || done === steps) {
        const accuracy = await measureZeroShot(current.weights(), words, "dev");
        printLine(`step ${done}  dev icon set: ${JSON.stringify(accuracy)}`);
      }
    },
  });
  const file = writeSafetensors(weights, {
    dtype: "F16",
    metadata: { model: "emoji-clip", recipe: recipeText },
  });
  const target = `${values.out}/weights.safetensors`;
  await writeFileAtomic(target, file);
  await writeFileAtomic(checksumPath(target), formatChecksum(file, "weights.safetensors"));
  if (values.measure) {
    for (const split of ["dev", "val", "ood"] as const) {
      const accuracy = await measureZeroShot(weights, words, split);
      printLine(`${split} ${JSON.stringify(accuracy)}`);
    }
  }
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    tell(`error: ${error.message}`);
    Deno.exit(2);
  });
}
