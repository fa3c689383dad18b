/**
 * `report`: HTML from results.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { DataError } from "../core/errors.ts";
import { readTextIfPresent, writeFileAtomic } from "../core/files.ts";
import type { ResultFile } from "../core/results/result.ts";
import { userPath } from "../core/paths.ts";
import { taskCommand } from "../core/task_command.ts";
import { reportFile } from "./permissions.ts";
import { printBlock, printJson, printLine, terminalWidth } from "../core/output.ts";
import type { Program } from "./program.ts";

/**
 * Reads the result of a run folder, or a result file.
 *
 * @throws {DataError} where there is none, or it is damaged.
 */
export async function loadResult(path: string): Promise<ResultFile> {
  const place = userPath(path);
  const file = place.endsWith(".json") ? place : join(place, "result.json");
  const { parseResult } = await import("../core/results/result_schema.ts");
  const text = await readTextIfPresent(file);
  if (text === undefined) {
    throw new DataError(
      `Cannot read ${file}: there is no such file. Wanted a run folder or a result.json; ` +
        `make one with: ${taskCommand(["reproduce", "table2"])}`,
    );
  }
  return parseResult(text, file);
}

/** Adds the command. */
export function addReportCommand(program: Program): void {
  program.command("report")
    .description("write the HTML report of one run, or of several on one page")
    .argument("<runs...>", "run folders, or result.json files")
    .option("--out <file>", "the file (default: report/index.html of the run; runs/report.html)")
    .option("--text", "print the table as plain text instead")
    .option("--markdown", "print the table as Markdown instead")
    .option("--json", "print the path as JSON")
    .action(async (runs, flags) => {
      const results = await Promise.all(runs.map(loadResult));
      if (flags.text) {
        const { renderTextTable } = await import("../reports/text_table.ts");
        const width = Math.min(160, terminalWidth());
        for (const result of results) printBlock(renderTextTable(result, { width }) + "\n");
        return;
      }
      if (flags.markdown) {
        const { renderMarkdownTable } = await import("../reports/markdown_table.ts");
        for (const result of results) printBlock(renderMarkdownTable(result) + "\n");
        return;
      }
      const { renderReport } = await import("../reports/report.ts");
      const path = resolve(reportFile(runs, flags.out));
      await writeFileAtomic(path, await renderReport(results));
      if (flags.json) printJson({ report: path }, { indent: 0 });
      else printLine(`Report: ${path}`);
    });
}
