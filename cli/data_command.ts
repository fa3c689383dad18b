/**
 * `data verify`: checks the embedded data.
 *
 * @module
 */

import { exitCodes } from "../core/errors.ts";
import { printJson, printLine, tell } from "../core/output.ts";
import type { Program } from "./program.ts";

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
}
