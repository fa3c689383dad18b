/**
 * `segment`: a class for every pixel of pictures of one's own.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { defaultSegmentFolder } from "../core/recipe/default_folder.ts";
import { exitCodes } from "../core/errors.ts";
import { userPath } from "../core/paths.ts";
import { printJson, printLine, tell } from "../core/output.ts";
import type { TemplateSetName } from "../core/text/templates.ts";
import type { Program } from "./program.ts";
import {
  parseCount,
  parseShape,
  pluginOption,
  pluginOptions,
  pluginOverrideOption,
  threadsOption,
} from "./shared_options.ts";

const help = `
MODEL is one of
  segmenter.safetensors  of: deno task evaluate STUDENT --task semantic-segmentation --out FOLDER
  segmenter.onnx         of: deno task export segmenter.safetensors (pictures are resized to its size)
  student.safetensors    distilled by LGD or SEED: each pixel gets the name of --names whose text is nearest
  teacher:NAME           the same by the teacher itself
For each picture there is one with the colours of its classes and a legend (NAME.segments.png) and a map of
labels (NAME.labels.png, a palette); segmentation.json has the shares of all classes, and the pictures that
could not be read (then the exit code is 3). No picture is overwritten.
Examples:
  deno task segment runs/mine/segmentation/segmenter.safetensors photo.jpg
  deno task segment runs/mine/student.safetensors photo.jpg --names names.txt --output-stride 8`;

/** Names of the sets of prompts, without loading them. */
const templateNames: readonly TemplateSetName[] = ["imagenet-80", "emoji", "name"];

/** An option's value as a set of prompts. */
function parseTemplates(text: string): TemplateSetName {
  const found = templateNames.find((name) => name === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Expected one of ${templateNames.join(", ")}.`);
}

/** An option's value as numbers with commas between them. */
function parseScales(text: string): number[] {
  const scales = text.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  if (scales.every((scale) => scale > 0 && Number.isFinite(scale))) return scales;
  throw new InvalidArgumentError("Expected numbers above 0, e.g. 0.75,1,1.25.");
}

/** Adds the command. */
export function addSegmentCommand(program: Program): void {
  program.command("segment")
    .description("give every pixel of pictures a class: coloured pictures, label maps and JSON")
    .argument("<model>", "segmenter, distilled student, or teacher:NAME; see below")
    .argument("<images...>", "pictures: JPEG, PNG, WebP, GIF, TIFF or AVIF")
    .option("--names <file>", "class names, one a line: for a student or a teacher")
    .option("--templates <set>", "prompts of the names (default: imagenet-80)", parseTemplates)
    .option("--teacher <name>", "teacher whose texts are used (default: the student's own)")
    .option(
      "--output-stride <pixels>",
      "strides of a student beyond it become dilations",
      parseCount,
    )
    .option("--window <HxW>", "look through windows of this size that slide", parseShape)
    .option("--scales <factors>", "look at pictures at these sizes, e.g. 0.75,1,1.25", parseScales)
    .option("--flip", "look at pictures mirrored, too")
    .option("--out <folder>", `folder (default: ${defaultSegmentFolder})`)
    .addOption(threadsOption)
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", help)
    .action(async (model, images, flags) => {
      const [{ segment }, { drawSegmentation }] = await Promise.all([
        import("../pipeline/segment.ts"),
        import("../reports/draw_segmentation.ts"),
      ]);
      const { names, templates, teacher, outputStride, window, scales, flip, out, threads } = flags;
      const outcome = await segment({
        ...pluginOptions(flags),
        ...(names === undefined ? {} : { names: userPath(names) }),
        ...(templates === undefined ? {} : { templates }),
        ...(teacher === undefined ? {} : { teacher }),
        ...(outputStride === undefined ? {} : { outputStride }),
        ...(window === undefined ? {} : { window }),
        ...(scales === undefined ? {} : { scales }),
        ...(flip === undefined ? {} : { flip }),
        ...(out === undefined ? {} : { out: userPath(out) }),
        model: model.startsWith("teacher:") ? model : userPath(model),
        images,
        threads,
        draw: drawSegmentation,
      });
      if (outcome.failed.length > 0) Deno.exitCode = exitCodes.data;
      for (const warning of outcome.warnings) tell(`warning: ${warning}`);
      for (const { path, reason } of outcome.failed) tell(`warning: ${path}: ${reason}`);
      if (flags.json) return printJson(outcome);
      for (const { path, classes, drawn, labels } of outcome.images) {
        const found = classes.map(({ name, share }) => `${name} ${(100 * share).toFixed(1)} %`);
        printLine(`${path}: ${found.join(", ")}`);
        printLine(`  ${drawn}`);
        printLine(`  ${labels}`);
      }
      printLine(outcome.json);
    });
}
