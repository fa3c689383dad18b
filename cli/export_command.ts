/**
 * `export`: a student for other programs.
 *
 * @module
 */

import { userPath } from "../core/paths.ts";
import { printJson, printLine, tell } from "../core/output.ts";
import type { Program } from "./program.ts";
import {
  collect,
  imageSizeOption,
  parseCount,
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
student.onnx takes RGB images as float32 from 0 to 1, [batch, 3, size, size]; it normalises them
itself. Its output "features" is what the pooling gives; with --keep-head there is "embedding" (in the
teacher's space, of unit length) or "logits" too. BatchNorm is folded into the convolutions.
student.safetensors has torchvision's names, without the distillation head.`;

/** Adds the command. */
export function addExportCommand(program: Program): void {
  program.command("export")
    .description("write student.onnx and student.safetensors for other programs")
    .argument("<student>", "student.safetensors of distill or reproduce, or torchvision's weights")
    .option("--out <folder>", "folder (default: export beside the student)")
    .option("--keep-head", "keep the distillation head")
    .option(...studentOption)
    .option(...imageSizeOption, parseCount)
    .option(...stemOption, parseStem)
    .option(...widthMultiplierOption, parsePositive)
    .option(...pluginOption, collect, [] as string[])
    .option(...pluginOverrideOption)
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", help)
    .action(async (checkpoint, flags) => {
      const { exportStudent } = await import("../pipeline/export.ts");
      const outcome = await exportStudent({
        checkpoint: userPath(checkpoint),
        overrides: studentOverrides(flags),
        keepHead: flags.keepHead === true,
        ...(flags.out === undefined ? {} : { out: userPath(flags.out) }),
        ...pluginOptions(flags),
      });
      if (flags.json) return printJson(outcome);
      const { onnx, safetensors, outputs, largestDifference, warnings } = outcome;
      for (const warning of warnings) tell(`warning: ${warning}`);
      const difference = largestDifference.toExponential(1);
      printLine(onnx);
      printLine(
        `  outputs: ${outputs.join(", ")}; equal to the student to ${difference} on random images`,
      );
      printLine(safetensors);
      printLine("  torchvision's names");
    });
}
