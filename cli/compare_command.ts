/**
 * `compare`: two runs of the same table, number by number.
 *
 * @module
 */

import { exitCodes } from "../core/errors.ts";
import type { CompareOptions } from "../reports/compare.ts";
import { print, terminalWidth } from "./process.ts";
import type { Program } from "./program.ts";
import { loadResult } from "./report_command.ts";

/** Differences paired by seed and image, where both runs are folders with their outcomes. */
async function pairOutcomes(
  base: string,
  next: string,
): Promise<NonNullable<CompareOptions["pairedDifference"]>> {
  const [{ loadOutcomes }, { metricDifference }, { accuracy, accuracyEvidence }] = await Promise
    .all([
      import("../core/store/outcome_index.ts"),
      import("../core/results/statistics.ts"),
      import("../core/results/metric.ts"),
    ]);
  const folderOf = (path: string) => path.replace(/[/\\]?result\.json$/, "") || ".";
  const [baseOutcomes, nextOutcomes] = await Promise.all(
    [base, next].map((path) => loadOutcomes(folderOf(path))),
  );
  return (baseCell, nextCell) => {
    const from = baseOutcomes!(baseCell.row, baseCell.column, baseCell.split);
    const to = nextOutcomes!(nextCell.row, nextCell.column, nextCell.split);
    if (from === undefined || to === undefined) return undefined;
    // Other seeds or images cannot be paired.
    if (from.seeds.join() !== to.seeds.join()) return undefined;
    if (from.sampleIds.join("\n") !== to.sampleIds.join("\n")) return undefined;
    const evidence = ({ sampleIds, hits }: typeof from) =>
      hits.map((values) => accuracyEvidence(sampleIds, values, 1));
    return metricDifference(accuracy, evidence(from), evidence(to));
  };
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
    .action(async (base, next, flags) => {
      const [baseResult, nextResult] = await Promise.all([base, next].map(loadResult));
      const { compareResults, renderComparison } = await import("../reports/compare.ts");
      const report = compareResults(baseResult!, nextResult!, {
        force: flags.force === true,
        pairedDifference: await pairOutcomes(base, next),
      });
      if (flags.json) print(JSON.stringify(report, null, 1) + "\n");
      else {
        const width = Math.min(160, terminalWidth());
        print(renderComparison(report, { width, all: flags.all === true }) + "\n");
      }
      if (flags.gate && !report.passed) Deno.exitCode = exitCodes.failed;
    });
}
