/**
 * The command line of `train.ts`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { ConfigError } from "../../core/errors.ts";
import { userPathOr } from "../../core/paths.ts";
import { nearestNames } from "../../core/registry.ts";
import { type EmojiClipRecipe, emojiClipRecipe } from "./recipe.ts";
import { type EmojiClipName, imageTowerWidths } from "./towers.ts";

const models = Object.keys(imageTowerWidths) as EmojiClipName[];
const defaults = emojiClipRecipe("emoji-clip");

/** What `--help` prints. */
export const help = `Trains a teacher again.

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

/** What is to be done. */
export interface TrainArguments {
  /** The recipe, with the steps that were asked for. */
  readonly recipe: EmojiClipRecipe;
  /** Folder of checkpoints and weights. */
  readonly out: string;
  readonly threads: number;
  /** Print accuracies and geometry at the end. */
  readonly measure: boolean;
  /** Print those of the weights that ship, and train nothing. */
  readonly measureOnly: boolean;
  readonly help: boolean;
}

/**
 * Reads the command line.
 *
 * @throws {ConfigError} for an unknown option or model, or a number that is none.
 */
export function readArguments(args: readonly string[]): TrainArguments {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
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
    measure: values.measure,
    measureOnly: values["measure-only"],
    help: values.help,
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
