/**
 * `evaluate`: one model on one task.
 *
 * @module
 */

import type { Evaluation } from "../pipeline/evaluate.ts";
import { distillDefaults } from "../core/recipe/default_folder.ts";
import { describeLeftOut } from "../core/left_out.ts";
import { userName, userPath, userSetting } from "../core/paths.ts";
import { printJson, printLine, tell } from "../core/output.ts";
import { countOf } from "../reports/format.ts";
import type { Program } from "./program.ts";
import { formatSeconds } from "./progress.ts";
import { withDisplay } from "./run_display.ts";
import {
  imageSizeOption,
  parseSeed,
  pluginOption,
  pluginOptions,
  pluginOverrideOption,
  setOption,
  stemOption,
  storeOption,
  studentOption,
  studentOverrides,
  threadsOption,
  widthMultiplierOption,
} from "./shared_options.ts";

const help = `
Settings that are not given are those of table2 at the size (deno task list settings).
Examples:
  deno task evaluate runs/mine/student.safetensors --task zero-shot
  deno task evaluate runs/mine/student.safetensors --task semi-supervised --set tasks.semi-supervised.perClass=2
  deno task evaluate runs/mine/student.safetensors --task robustness --set tasks.robustness.by=linear-probe
  deno task evaluate runs/mine/student.safetensors --task zero-shot --data imagefolder:./photos
  deno task evaluate resnet18.safetensors --student resnet18 --task linear-probe
  deno task evaluate teacher:emoji-clip --task zero-shot --data emojitech-126
  deno task evaluate runs/mine/student.safetensors --task dense-zero-shot --data emojiscapes-19`;

/** Adds the command. */
export function addEvaluateCommand(program: Program): void {
  program.command("evaluate")
    .description("measure a student (or a teacher) by a task, with 95 % intervals")
    .argument("<model>", "student.safetensors, or teacher:NAME")
    .requiredOption("--task <name>", "task (deno task list tasks)")
    .option("--data <name>", "data set, or imagefolder:PATH (default: that of the training)")
    .addOption(setOption)
    .option("--names <file>", "class names for the texts, one a line (default: the data's own)")
    .option("--teacher <name>", "teacher whose texts are used (default: the student's own)")
    .option("--seed <number>", "seed of what the task draws", parseSeed, 0)
    .option("--size <size>", "smoke, mini or paper: whose settings", distillDefaults.size)
    .addOption(studentOption)
    .addOption(imageSizeOption)
    .addOption(stemOption)
    .addOption(widthMultiplierOption)
    .addOption(threadsOption)
    .option("--out <folder>", "write evaluation.json, the evidence and the task's lists there")
    .addOption(storeOption)
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .option("--json", "print the evaluation as JSON")
    .addHelpText("after", help)
    .action(async (checkpoint, flags) => {
      const { evaluate } = await import("../pipeline/evaluate.ts");
      const { task, data, set, names, teacher, seed, size, threads, out, store } = flags;
      let warned: ReadonlySet<string> = new Set();
      const evaluation = await withDisplay((hooks, shown) => {
        warned = shown;
        return evaluate({
          ...pluginOptions(flags),
          ...(data === undefined ? {} : { data: userName(data) }),
          ...(teacher === undefined ? {} : { teacher }),
          ...(names === undefined ? {} : { names: userPath(names) }),
          ...(out === undefined ? {} : { out: userPath(out) }),
          ...(store === undefined ? {} : { store: userPath(store) }),
          checkpoint: checkpoint.startsWith("teacher:") ? checkpoint : userPath(checkpoint),
          task,
          overrides: studentOverrides(flags),
          set: set.map(userSetting),
          seed,
          size,
          threads,
          ...hooks,
        });
      });
      if (flags.json) printJson(evaluation);
      else printEvaluation(evaluation, warned);
    });
}

/** @param warned Warnings that were shown already. */
function printEvaluation(evaluation: Evaluation, warned: ReadonlySet<string>): void {
  const { task, data, metrics, seconds, warnings, leftOut, images, ran } = evaluation;
  for (const warning of warnings.filter((warning) => !warned.has(warning))) {
    tell(`warning: ${warning}`);
  }
  for (const entry of leftOut) tell(`left out: ${describeLeftOut(entry)}`);
  for (const { title, unit, decimals = 1, isDetail, splits } of metrics) {
    if (isDetail) continue;
    printLine(`${task}, ${title} on ${data}`);
    const width = Math.max(5, ...splits.map(({ split }) => split.length));
    for (const { split, value, ci95: [low, high], n } of splits) {
      const interval = `[${low.toFixed(decimals)}, ${high.toFixed(decimals)}]`;
      printLine(
        `  ${split.padEnd(width)} ${value.toFixed(decimals).padStart(6)} ${unit}  ${interval}  ` +
          `${n} images`,
      );
    }
  }
  const details = metrics.filter(({ isDetail }) => isDetail).length;
  if (details > 0) {
    printLine(
      `${countOf(details, "further metric")} ${details === 1 ? "is" : "are"} in evaluation.json ` +
        "(--out) and --json.",
    );
  }
  for (const { data: name, split, used, listed } of images) {
    printLine(`Images: ${used} of ${listed} of ${name}, ${split}`);
  }
  printLine(
    ran
      ? `95 % intervals over the images; measured in ${formatSeconds(seconds)}.`
      : "95 % intervals over the images; measured before, answered from the store.",
  );
}
