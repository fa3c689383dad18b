/**
 * `compare`: two runs of the same table, number by number.
 *
 * @module
 */

import { exitCodes } from "../core/errors.ts";
import { userPath } from "../core/paths.ts";
import { printBlock, printJson, terminalWidth } from "../core/output.ts";
import type { Program } from "./program.ts";
import { loadResult } from "./report_command.ts";
import { pluginOption, pluginOptions, pluginOverrideOption } from "./shared_options.ts";

/** Folder of a run that is named by the folder or by its result. */
function folderOf(path: string): string {
  return path.endsWith(".json") ? path.replace(/[^/\\]*$/, "") || "." : path;
}

/** Adds the command. */
export function addCompareCommand(program: Program): void {
  program.command("compare")
    .description("compare two runs of a table, number by number, with intervals")
    .argument("<base>", "run folder, or result.json")
    .argument("<new>", "run folder, or result.json")
    .option("--gate", "exit 1 where a number is worse beyond noise, or lost")
    .option("--force", "compare although data, protocol or task versions differ, and say so")
    .option("--all", "print unchanged numbers too")
    .option("--json", "print the comparison as JSON")
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .action(async (base, next, flags) => {
      const [baseResult, nextResult] = await Promise.all([base, next].map(loadResult));
      const [{ compareResults, renderComparison }, { pairRuns }, { loadPlugins, pluginRequest }] =
        await Promise.all([
          import("../reports/compare.ts"),
          import("../pipeline/paired_evidence.ts"),
          import("../pipeline/plugins.ts"),
        ]);
      await loadPlugins(pluginRequest(pluginOptions(flags)));
      const warnings: string[] = [];
      const pairs = await pairRuns(
        { folder: folderOf(userPath(base)), result: baseResult! },
        { folder: folderOf(userPath(next)), result: nextResult! },
        (message) => warnings.push(message),
      );
      const report = compareResults(baseResult!, nextResult!, {
        force: flags.force === true,
        pairedDifference: ({ id }) => pairs.get(id),
        warnings,
      });
      if (flags.json) printJson(report);
      else {
        const width = Math.min(160, terminalWidth());
        printBlock(renderComparison(report, { width, all: flags.all === true }) + "\n");
      }
      if (flags.gate && !report.passed) Deno.exitCode = exitCodes.failed;
    });
}
