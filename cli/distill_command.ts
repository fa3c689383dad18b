/**
 * `distill`: one student by hand.
 *
 * @module
 */

import { distillDefaults } from "../core/recipe/default_folder.ts";
import type { DistillOutcome } from "../pipeline/distill.ts";
import { describeLeftOut } from "../core/left_out.ts";
import { userName, userPath, userSetting } from "../core/paths.ts";
import { printJson, printLine, tell } from "../core/output.ts";
import type { Program } from "./program.ts";
import { formatSeconds } from "./progress.ts";
import { withDisplay } from "./run_display.ts";
import {
  mostThreads,
  parseCountFrom,
  parsePositive,
  parseSeed,
  pluginOption,
  pluginOptions,
  pluginOverrideOption,
  setOption,
  storeOption,
} from "./shared_options.ts";

const help = `
Settings that are not given are those of table2 at the size (deno task list settings).
Examples:
  deno task distill --student mobilenet_v2 --epochs 6 --out runs/mine
  deno task distill --data imagefolder:./photos --text file:./names.txt --out runs/photos
  deno task distill --method seed --set methods.seed.queueSize=4096
What is in the store is never trained again; a run that was stopped goes on where it was.`;

/** Adds the command. */
export function addDistillCommand(program: Program): void {
  program.command("distill")
    .description("distil one student: any method, teacher, student, images and class names")
    .option("--method <name>", "method (deno task list methods)", distillDefaults.method)
    .option("--teacher <name>", `teacher (default: "${distillDefaults.teacher}")`)
    .option("--student <name>", "student", distillDefaults.student)
    .option(
      "--data <name>",
      "data set, or imagefolder:PATH (default: that on which table2 trains at the size, " +
        `${distillDefaults.data} at ${distillDefaults.size})`,
    )
    .option("--text <name>", "class names: of a data set, or file:PATH (default: the data's own)")
    .option(
      "--text-task <name>",
      "task whose class names and prompts on that data set are taken (default: " +
        `${distillDefaults.textTask})`,
    )
    .option("--epochs <number>", "length (default: the size's own)", parsePositive)
    .option("--seed <number>", "seed of weights and order", parseSeed, distillDefaults.seed)
    .option("--size <size>", "smoke, mini or paper: whose settings", distillDefaults.size)
    .addOption(setOption)
    .option("--out <folder>", "folder (default: runs/distill-<method>-<student>-seed<seed>)")
    .addOption(storeOption)
    .option(
      "--threads <count>",
      "threads of the training, or of each of its replicas",
      parseCountFrom(1, mostThreads),
      1,
    )
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .option(
      "--overwrite",
      "remove the distillation that is in the folder; the store keeps its student",
    )
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", help)
    .action(
      async ({ json, plugin, pluginOverride, teacher, text, epochs, out, store, ...flags }) => {
        const startedAt = performance.now();
        const { distill } = await import("../pipeline/distill.ts");
        let warned: ReadonlySet<string> = new Set();
        const outcome = await withDisplay((hooks, shown) => {
          warned = shown;
          return distill({
            ...pluginOptions({ plugin, pluginOverride }),
            ...(teacher === undefined ? {} : { teacher }),
            ...(text === undefined ? {} : { text: userName(text) }),
            ...(epochs === undefined ? {} : { epochs }),
            ...(out === undefined ? {} : { out: userPath(out) }),
            ...(store === undefined ? {} : { store: userPath(store) }),
            method: flags.method,
            student: flags.student,
            ...(flags.data === undefined ? {} : { data: userName(flags.data) }),
            ...(flags.textTask === undefined ? {} : { textTask: flags.textTask }),
            seed: flags.seed,
            size: flags.size,
            set: flags.set.map(userSetting),
            threads: flags.threads,
            overwrite: flags.overwrite === true,
            ...hooks,
          });
        });
        const seconds = (performance.now() - startedAt) / 1000;
        if (json) printJson(outcome);
        else printOutcome(outcome, seconds, warned);
      },
    );
}

/** @param warned Warnings that were shown already. */
function printOutcome(
  { student, summary, ran }: DistillOutcome,
  seconds: number,
  warned: ReadonlySet<string>,
): void {
  const { warnings, leftOut, images, steps, parameters, finalLoss } = summary;
  for (const warning of warnings) if (!warned.has(warning)) tell(`warning: ${warning}`);
  for (const entry of leftOut) tell(`left out: ${describeLeftOut(entry)}`);
  const { data, split, used, listed } = images;
  printLine(`Images: ${used} of ${listed} of ${data}, ${split}`);
  printLine(
    `${steps} steps, ${parameters} parameters, loss ${
      finalLoss?.toFixed(3) ?? "unknown"
    } at the end`,
  );
  printLine(`Student: ${student}`);
  printLine(
    ran
      ? `Trained in ${formatSeconds(seconds)}.`
      : `Nothing was left to train; answered in ${formatSeconds(seconds)}.`,
  );
}
