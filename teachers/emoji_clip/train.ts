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

import { teacherIconSets } from "../../core/data/readers/emoji/credits.ts";
import { LgdBenchError } from "../../core/errors.ts";
import { writeFileAtomic } from "../../core/files.ts";
import type { NamedTensors } from "../../core/nn/parameters.ts";
import { writeSafetensors } from "../../core/nn/safetensors.ts";
import { printBlock, printLine, tell } from "../../core/output.ts";
import { checksumPath, formatChecksum } from "../../core/shipped_file.ts";
import { loadWordVectors } from "../../core/text/word_vectors.ts";
import { promptWords } from "./captions.ts";
import { measureZeroShot } from "./measure.ts";
import { printMeasurements } from "./measure_all.ts";
import { withMeans } from "./modality_means.ts";
import { trainOnCaptions, trainOnPairs } from "./stages.ts";
import { help, readArguments } from "./train_arguments.ts";
import { captionSource, joinSplit, taughtDatasets } from "./training_data.ts";
import { weightsFileName } from "./weights_file.ts";

async function main(): Promise<void> {
  const values = readArguments(Deno.args);
  const { recipe, out, threads } = values;
  if (values.help) {
    printBlock(help);
    return;
  }
  if (values.measureOnly) {
    await printMeasurements(recipe.model);
    return;
  }
  const words = promptWords(await loadWordVectors());
  const split = await joinSplit(taughtDatasets, "train", {
    groups: teacherIconSets,
    strong: true,
  });
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
    measure: async (weights: NamedTensors) =>
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
