/**
 * `data verify` checks the embedded data, `data scenes` writes scenes for other programs.
 *
 * @module
 */

import type { Annotation } from "../core/data/annotation.ts";
import type { Dataset } from "../core/data/dataset.ts";
import type { WriteOptions, WrittenSplit } from "../core/data/readers/written_folder.ts";
import { exitCodes } from "../core/errors.ts";
import { printJson, printLine, tell } from "../core/output.ts";
import { userName, userPath } from "../core/paths.ts";
import type { Program } from "./program.ts";
import { collect, pluginOption, pluginOptions, pluginOverrideOption } from "./shared_options.ts";

const scenesHelp = `
Scenes with objects are written in COCO's format (FOLDER/SPLIT/000001.png … and
FOLDER/annotations/instances_SPLIT.json; masks are run lengths), scenes with a class for every pixel
in Cityscapes' layout where they have its 19 classes, in ADE20K's otherwise. Other programs read
these, and coco:FOLDER, cityscapes:FOLDER and ade20k:FOLDER here. Examples:

  deno task data scenes emojicoco-31 --out scenes --split val
  deno task data scenes emojiscapes-19 --out streets
  deno task data scenes emojiade-30 --out rooms`;

/** Writes splits of a data set in the layout that its annotations have. */
async function writeScenes(
  dataset: Dataset<Annotation>,
  folder: string,
  options: WriteOptions,
): Promise<WrittenSplit[]> {
  if (dataset.annotationKind === "segmentation") {
    const { writeLabelFolder } = await import("../core/data/readers/label_maps/write_labels.ts");
    return await writeLabelFolder(dataset, folder, options);
  }
  const { writeCocoFolder } = await import("../core/data/readers/coco/write_coco.ts");
  return await writeCocoFolder(dataset, folder, options);
}

/** Adds the command. */
export function addDataCommand(program: Program): void {
  const data = program.command("data").description("the embedded data");
  data.command("verify")
    .description(
      "check counts, leaks between splits and every icon; exit 3 where something is wrong",
    )
    .option("--json", "print the whole report as JSON")
    .action(async (flags) => {
      const { verifyData } = await import("../core/data/verify.ts");
      const report = await verifyData((message) => flags.json || tell(message));
      if (report.problems.length > 0) Deno.exitCode = exitCodes.data;
      if (flags.json) return printJson(report);
      for (const { name, title, classes, counts, hash } of report.datasets) {
        const splits = Object.entries(counts).map(([split, count]) => `${split} ${count}`);
        printLine(
          `${name} (${title}): ${classes} classes; ${splits.join(", ")}; ${hash.slice(0, 12)}`,
        );
      }
      for (const problem of report.problems) tell(`error: ${problem}`);
      printLine(
        report.problems.length === 0 ? "All data are well." : `${report.problems.length} problems.`,
      );
    });
  data.command("scenes")
    .description("write images with objects or classes of pixels for other programs")
    .argument("<dataset>", "emojicoco-31, emojicoco-63, emojiscapes-19, emojiade-30, or another")
    .requiredOption("--out <folder>", "an empty folder")
    .option("--split <name>", "only this split (may be repeated)", collect, [] as string[])
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .option("--json", "print what was written as JSON")
    .addHelpText("after", scenesHelp)
    .action(async (name, flags) => {
      const { getDataset } = await import("../core/data/registry.ts");
      if (flags.plugin.length > 0) {
        const { loadPlugins, pluginRequest } = await import("../pipeline/plugins.ts");
        await loadPlugins(pluginRequest(pluginOptions(flags)));
      }
      const dataset = await getDataset<Annotation>(userName(name));
      const written = await writeScenes(dataset, userPath(flags.out), {
        splits: flags.split,
        onProgress: (message) => flags.json || tell(message),
      });
      if (flags.json) return printJson(written);
      for (const { path, images, objects } of written) {
        const what = objects === undefined ? "" : `, ${objects} objects`;
        printLine(`${path}: ${images} images${what}`);
      }
      for (const credit of dataset.credits) printLine(`  ${credit}`);
    });
}
