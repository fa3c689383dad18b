/**
 * `detect`: objects on pictures of one's own.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { defaultDetectFolder } from "../core/recipe/default_folder.ts";
import { exitCodes } from "../core/errors.ts";
import { userPath } from "../core/paths.ts";
import { printJson, printLine, tell } from "../core/output.ts";
import type { Program } from "./program.ts";
import {
  parseCount,
  pluginOption,
  pluginOptions,
  pluginOverrideOption,
  threadsOption,
} from "./shared_options.ts";

const help = `
A detector is what the task detection keeps: detector.safetensors of
  deno task evaluate STUDENT --task detection --out FOLDER
or evidence/*.detector.safetensors of a run of table3. For each picture there is a PNG with boxes and masks
(NAME.detections.png), and detections.json has all pictures, detections in the format of COCO's results (RLE
masks), and the pictures that could not be read (then the exit code is 3). No picture is overwritten.`;

/** An option's value as a score. */
function parseScore(text: string): number {
  const score = Number(text);
  if (text.trim() !== "" && score >= 0 && score <= 1) return score;
  throw new InvalidArgumentError("Expected a number from 0 to 1.");
}

/** Adds the command. */
export function addDetectCommand(program: Program): void {
  program.command("detect")
    .description("find objects on pictures: boxes and masks, as pictures and JSON")
    .argument("<detector>", "detector.safetensors of the task detection")
    .argument("<images...>", "pictures: JPEG, PNG, WebP, GIF, TIFF or AVIF")
    .option("--out <folder>", `folder (default: ${defaultDetectFolder})`)
    .option("--score <score>", "lowest score of a detection", parseScore, 0.5)
    .option(
      "--short-side <pixels>",
      "resize pictures to it, 16 to 4096 (default: as in training)",
      parseCount,
    )
    .addOption(threadsOption)
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", help)
    .action(async (detector, images, flags) => {
      const [{ detect }, { drawDetections }] = await Promise.all([
        import("../pipeline/detect.ts"),
        import("../reports/draw_detections.ts"),
      ]);
      const { out, score, shortSide, threads } = flags;
      const outcome = await detect({
        ...pluginOptions(flags),
        ...(out === undefined ? {} : { out: userPath(out) }),
        ...(shortSide === undefined ? {} : { shortSide }),
        detector: userPath(detector),
        images,
        score,
        threads,
        draw: drawDetections,
      });
      if (outcome.failed.length > 0) Deno.exitCode = exitCodes.data;
      for (const { path, reason } of outcome.failed) tell(`warning: ${path}: ${reason}`);
      if (flags.json) return printJson(outcome);
      for (const { path, detections, drawn } of outcome.images) {
        const found = detections.map(({ category_name: name, score }) =>
          `${name} ${Math.round(100 * score)} %`
        );
        printLine(`${path}: ${found.length === 0 ? "nothing" : found.join(", ")}`);
        printLine(`  ${drawn}`);
      }
      printLine(outcome.json);
    });
}
