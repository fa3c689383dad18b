/**
 * `export`: a student for other programs.
 *
 * @module
 */

import type { ExportDetectorOptions } from "../pipeline/export_detector.ts";
import type { ExportSegmenterOptions } from "../pipeline/export_segmenter.ts";
import { userPath } from "../core/paths.ts";
import { printJson, printLine, tell } from "../core/output.ts";
import type { Program } from "./program.ts";
import {
  imageSizeOption,
  parseShape,
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
student.safetensors has torchvision's names, without the distillation head.

Of a detector (detector.safetensors of the task detection) there is detector.onnx: images as above, their
sizes without padding, and as outputs boxes, scores, labels, masks and their count, for any batch; proposals,
suppression and RoIAlign are inside.

Of a segmenter (segmenter.safetensors of the task semantic-segmentation) there is segmenter.onnx: images of
the shape as above, outputs logits and classes, for any batch.`;

/** Exports a detector and tells of it. */
async function exportFoundDetector(
  checkpoint: string,
  options: Omit<ExportDetectorOptions, "checkpoint">,
  json: boolean,
): Promise<void> {
  const { exportDetector } = await import("../pipeline/export_detector.ts");
  const outcome = await exportDetector({ checkpoint, ...options });
  if (json) return printJson(outcome);
  const { onnx, outputs, shape, difference } = outcome;
  const { images, detections, matched, box, score } = difference;
  printLine(onnx);
  printLine(`  images of ${shape.height} × ${shape.width}; outputs: ${outputs.join(", ")}`);
  printLine(
    `  ${matched} of ${detections} detections on ${images} images are the detector's: boxes to ` +
      `${box.toExponential(1)} pixels, scores to ${score.toExponential(1)}`,
  );
}

/** Exports a segmenter and tells of it. */
async function exportFoundSegmenter(
  checkpoint: string,
  options: Omit<ExportSegmenterOptions, "checkpoint">,
  json: boolean,
): Promise<void> {
  const { exportSegmenter } = await import("../pipeline/export_segmenter.ts");
  const outcome = await exportSegmenter({ checkpoint, ...options });
  if (json) return printJson(outcome);
  const { onnx, outputs, shape, difference } = outcome;
  printLine(onnx);
  printLine(`  images of ${shape.height} × ${shape.width}; outputs: ${outputs.join(", ")}`);
  printLine(
    `  logits equal to the segmenter's to ${difference.logits.toExponential(1)} on ` +
      `${difference.images} images; ${
        (100 * (1 - difference.pixels)).toFixed(2)
      } % of the pixels have ` +
      "its class",
  );
}

/** Adds the command. */
export function addExportCommand(program: Program): void {
  program.command("export")
    .description("write a student, a detector or a segmenter for other programs: ONNX, safetensors")
    .argument(
      "<student>",
      "student.safetensors, torchvision's weights, detector.safetensors or segmenter.safetensors",
    )
    .option("--out <folder>", "folder (default: export beside the student)")
    .option("--keep-head", "keep the distillation head")
    .option(
      "--shape <HxW>",
      "of a detector's or segmenter's images (default: as in its tests)",
      parseShape,
    )
    .addOption(studentOption)
    .addOption(imageSizeOption)
    .addOption(stemOption)
    .addOption(widthMultiplierOption)
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", help)
    .action(async (checkpoint, flags) => {
      const { kindOfFile } = await import("../pipeline/file_kind.ts");
      const kind = await kindOfFile(checkpoint);
      if (kind === "detector" || kind === "segmenter") {
        const exportFound = kind === "detector" ? exportFoundDetector : exportFoundSegmenter;
        return await exportFound(userPath(checkpoint), {
          ...(flags.out === undefined ? {} : { out: userPath(flags.out) }),
          ...(flags.shape === undefined ? {} : { shape: flags.shape }),
          ...pluginOptions(flags),
        }, flags.json === true);
      }
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
