/**
 * `data verify` checks the embedded data, `data scenes` writes scenes for other programs.
 *
 * @module
 */

import { exitCodes } from "../core/errors.ts";
import { printJson, printLine, tell } from "../core/output.ts";
import { userName, userPath } from "../core/paths.ts";
import type { Program } from "./program.ts";
import { collect, pluginOption, pluginOptions, pluginOverrideOption } from "./shared_options.ts";

const scenesHelp = `
Writes FOLDER/SPLIT/000001.png … and FOLDER/annotations/instances_SPLIT.json in COCO's format, which
other programs read, and coco:FOLDER here. Masks are run lengths. Example:

  deno task data scenes emojicoco-31 --out scenes --split val`;

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
    .description("write images with boxes and masks as PNG and COCO's JSON")
    .argument("<dataset>", "emojicoco-31, emojicoco-63, or another data set with objects")
    .requiredOption("--out <folder>", "an empty folder")
    .option("--split <name>", "only this split (may be repeated)", collect, [] as string[])
    .option(...pluginOption, collect, [] as string[])
    .option(...pluginOverrideOption)
    .option("--json", "print what was written as JSON")
    .addHelpText("after", scenesHelp)
    .action(async (name, flags) => {
      const { getDataset } = await import("../core/data/registry.ts");
      const { writeCocoFolder } = await import("../core/data/readers/coco/write_coco.ts");
      if (flags.plugin.length > 0) {
        const { loadPlugins, pluginRequest } = await import("../pipeline/plugins.ts");
        await loadPlugins(pluginRequest(pluginOptions(flags)));
      }
      const dataset = await getDataset(userName(name));
      const written = await writeCocoFolder(dataset, userPath(flags.out), {
        splits: flags.split,
        onProgress: (message) => flags.json || tell(message),
      });
      if (flags.json) return printJson(written);
      for (const { path, images, objects } of written) {
        printLine(`${path}: ${images} images, ${objects} objects`);
      }
      for (const credit of dataset.credits) printLine(`  ${credit}`);
    });
}
