/**
 * Trains the teachers `emoji-clip`, `emoji-clip-small` and `emoji-clip-tiny`:
 * `deno task train-teacher --out runs/emoji-clip`.
 *
 * Resumes from its last checkpoint. While it trains it measures itself on the dev icon set only;
 * `--measure` prints the accuracy on every icon set and the geometry for the card, once the recipe is
 * settled.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { teacherIconSets } from "../../core/data/readers/emoji/credits.ts";
import { ConfigError, LgdBenchError } from "../../core/errors.ts";
import { writeFileAtomic } from "../../core/files.ts";
import { writeSafetensors } from "../../core/nn/safetensors.ts";
import { printBlock, printLine, tell } from "../../core/output.ts";
import { userPathOr } from "../../core/paths.ts";
import { nearestNames } from "../../core/registry.ts";
import { checksumPath, formatChecksum } from "../../core/shipped_file.ts";
import { loadWordVectors } from "../../core/text/word_vectors.ts";
import { promptWords } from "./captions.ts";
import { measureZeroShot } from "./measure.ts";
import { printMeasurements } from "./measure_all.ts";
import { withMeans } from "./modality_means.ts";
import { emojiClipRecipe } from "./recipe.ts";
import { trainOnCaptions, trainOnPairs } from "./stages.ts";
import { type EmojiClipName, imageTowerWidths } from "./towers.ts";
import { captionSource, joinSplit, taughtDatasets } from "./training_data.ts";
import { weightsFileName } from "./weights_file.ts";

const models = Object.keys(imageTowerWidths) as EmojiClipName[];
const defaults = emojiClipRecipe("emoji-clip");

const help = `Trains a teacher again.

  deno task train-teacher --out runs/emoji-clip

  --model <name>       ${models.join(", ")} (default: ${defaults.model})
  --out <folder>       where checkpoints and weights go (default: runs/<name>)
  --steps <count>      steps of the first stage (default: ${defaults.captions.steps}; smaller models fewer)
  --pair-steps <count> steps of the second stage (default: ${defaults.pairs.steps}; smaller models fewer)
  --threads <count>    threads (default: 1)
  --measure            print accuracy on every icon set, and geometry, at the end
  --measure-only       print them of the weights that ship, and train nothing
  -h, --help           print this

It goes on from the folder's checkpoints; a first stage whose weights are in the folder is not done
again. The weights are used once they stand in place of those in teachers/emoji_clip.`;

/** A whole number from 1, of an option. @throws {ConfigError} for anything else. */
function readCount(name: string, text: string | undefined, absent: number): number {
  if (text === undefined) return absent;
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new ConfigError(`--${name}: expected a whole number from 1`);
}

/** The command line. @throws {ConfigError} for an unknown option, model, or what is not a number. */
function readArguments() {
  let values;
  try {
    ({ values } = parseArgs({
      args: Deno.args,
      options: {
        model: { type: "string", default: defaults.model },
        out: { type: "string" },
        steps: { type: "string" },
        "pair-steps": { type: "string" },
        threads: { type: "string" },
        measure: { type: "boolean", default: false },
        "measure-only": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}. See --help`);
  }
  const model = models.find((name) => name === values.model);
  if (model === undefined) {
    const near = nearestNames(values.model, models);
    throw new ConfigError(
      `--model: expected ${models.join(", ")}, got "${values.model}"` +
        (near.length > 0 ? `. Did you mean "${near[0]}"?` : ""),
    );
  }
  const recipe = emojiClipRecipe(model);
  return {
    ...values,
    out: userPathOr(values.out, `runs/${model}`),
    threads: readCount("threads", values.threads, 1),
    recipe: {
      ...recipe,
      captions: {
        ...recipe.captions,
        steps: readCount("steps", values.steps, recipe.captions.steps),
      },
      pairs: {
        ...recipe.pairs,
        steps: readCount("pair-steps", values["pair-steps"], recipe.pairs.steps),
      },
    },
  };
}

async function main(): Promise<void> {
  const values = readArguments();
  const { recipe, out, threads } = values;
  if (values.help) {
    printBlock(help);
    return;
  }
  if (values["measure-only"]) {
    await printMeasurements(recipe.model);
    return;
  }
  const words = promptWords(await loadWordVectors());
  const split = await joinSplit(taughtDatasets, "train", { groups: teacherIconSets });
  const captions = await captionSource(split.classNames, words);
  printLine(
    `${split.samples.length} icons of ${split.classNames.length} concepts, ` +
      `${recipe.captions.steps} + ${recipe.pairs.steps} steps`,
  );
  const context = {
    recipe,
    split,
    captions,
    words,
    out,
    threads,
    measure: async (weights: Parameters<typeof measureZeroShot>[0]) =>
      `dev icon set: ${JSON.stringify(await measureZeroShot(weights, words, "dev"))}`,
  };
  const first = await trainOnCaptions(context);
  const weights = await withMeans(await trainOnPairs(context, first), words, split);
  const { model, ...settings } = recipe;
  const file = writeSafetensors(weights, {
    dtype: "F16",
    metadata: { model, recipe: JSON.stringify(settings) },
  });
  const name = weightsFileName(model);
  await writeFileAtomic(`${out}/${name}`, file);
  await writeFileAtomic(checksumPath(`${out}/${name}`), formatChecksum(file, name));
  if (values.measure) await printMeasurements(model, `${out}/${name}`);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    if (!(error instanceof LgdBenchError)) throw error;
    tell(`error: ${error.message}`);
    Deno.exit(2);
  });
}
