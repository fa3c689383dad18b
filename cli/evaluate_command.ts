/**
 * `evaluate`: one model on one task.
 *
 * @module
 */

import type { Evaluation } from "../pipeline/evaluate.ts";
import { distillDefaults } from "../core/recipe/default_folder.ts";
import { print, tell } from "./process.ts";
import type { Program } from "./program.ts";
import { formatSeconds } from "./progress.ts";
import { withDisplay } from "./run_display.ts";
import {
  collect,
  imageSizeOption,
  mostThreads,
  parseCount,
  parseCountFrom,
  parsePositive,
  parseStem,
  pluginOption,
  pluginOptions,
  pluginOverrideOption,
  stemOption,
  studentOption,
  studentOverrides,
  widthMultiplierOption,
} from "./shared_options.ts";

const help = `
Settings that are not given are those of table2 at the size (deno task list settings).
Examples:
  deno task evaluate runs/mine/student.safetensors --task zero-shot
  deno task evaluate runs/mine/student.safetensors --task linear-probe --set options.labelFraction=0.1
  deno task evaluate runs/mine/student.safetensors --task zero-shot --data imagefolder:./photos
  deno task evaluate resnet18.safetensors --student resnet18 --task linear-probe
  deno task evaluate teacher:emoji-clip --task zero-shot --data emojitech-126`;

/** Adds the command. */
export function addEvaluateCommand(program: Program): void {
  program.command("evaluate")
    .description("measure a student (or a teacher) by a task, with 95 % intervals")
    .argument("<model>", "student.safetensors, or teacher:NAME")
    .requiredOption("--task <name>", "zero-shot, linear-probe or one of a plug-in")
    .option("--data <name>", "data set, or imagefolder:PATH (default: that of the training)")
    .option("--set <key=value>", "override a setting; may be repeated", collect, [] as string[])
    .option("--teacher <name>", "teacher whose texts are used (default: the student's own)")
    .option("--seed <number>", "seed of what the task draws", parseCount, 0)
    .option("--size <size>", "smoke, mini or paper: whose settings", distillDefaults.size)
    .option(...studentOption)
    .option(...imageSizeOption, parseCount)
    .option(...stemOption, parseStem)
    .option(...widthMultiplierOption, parsePositive)
    .option("--threads <count>", "threads", parseCountFrom(1, mostThreads), 1)
    .option("--out <folder>", "write evaluation.json and the task's lists there")
    .option(...pluginOption, collect, [] as string[])
    .option(...pluginOverrideOption)
    .option("--json", "print the evaluation as JSON")
    .addHelpText("after", help)
    .action(async (checkpoint, flags) => {
      const { evaluate } = await import("../pipeline/evaluate.ts");
      const { task, data, set, teacher, seed, size, threads, out } = flags;
      const evaluation = await withDisplay((hooks) =>
        evaluate({
          ...pluginOptions(flags),
          ...(data === undefined ? {} : { data }),
          ...(teacher === undefined ? {} : { teacher }),
          ...(out === undefined ? {} : { out }),
          checkpoint,
          task,
          overrides: studentOverrides(flags),
          set,
          seed,
          size,
          threads,
          ...hooks,
        })
      );
      if (flags.json) print(JSON.stringify(evaluation, null, 1) + "\n");
      else printEvaluation(evaluation);
    });
}

function printEvaluation(evaluation: Evaluation): void {
  const { task, metric, unit, data, splits, seconds, warnings } = evaluation;
  for (const warning of warnings) tell(`warning: ${warning}`);
  print(`${task}, ${metric} on ${data}\n`);
  for (const { split, value, ci95: [low, high], n } of splits) {
    print(
      `  ${split.padEnd(5)} ${value.toFixed(1).padStart(5)} ${unit}  ` +
        `[${low.toFixed(1)}, ${high.toFixed(1)}]  ${n} images\n`,
    );
  }
  print(`95 % intervals over the images; measured in ${formatSeconds(seconds)}.\n`);
}
