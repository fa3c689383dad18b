/**
 * `reproduce all`: every table that ships with the project, one after another.
 *
 * @module
 */

import { join, relative } from "node:path";
import { ConfigError, exitCodes, LgdBenchError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { printBlock, printJson, printLine, tell } from "../core/output.ts";
import { tableNames } from "../core/recipe/recipe.ts";
import type { SummarizedTable, TablesSummary } from "../reports/all_model.ts";
import type { TableOptions } from "../pipeline/open_table.ts";
import type { AllOutcome, ReproduceAllOptions, TableOutcome } from "../pipeline/reproduce_all.ts";
import { commandLine, explainError } from "./process.ts";
import { withDisplay } from "./run_display.ts";

/** Name of the page that leads to the reports, in the folder of the tables. */
const indexName = "index.html";

/** Refuses what means one table. */
function checkOptions({ cells }: Pick<TableOptions, "cells">): void {
  if (cells === undefined) return;
  throw new ConfigError(
    `--cells ${cells}: it chooses trainings of one table; name the table in place of "all"`,
  );
}

function summarize(outcome: TableOutcome, folder: string): SummarizedTable {
  const { table, seconds, error, outcome: made } = outcome;
  if (made === undefined) {
    return { table, report: "", seconds, failures: [["", error?.message ?? "it was not made"]] };
  }
  const { result, reportPath, trained, measured, failures } = made;
  return {
    table,
    report: relative(folder, reportPath).replaceAll("\\", "/"),
    seconds,
    result,
    trained,
    measured,
    failures: [...failures],
  };
}

function summaryOf({ folder, size, seconds, tables }: AllOutcome): TablesSummary {
  return {
    title: "All tables",
    size,
    seconds,
    tables: tables.map((table) => summarize(table, folder)),
  };
}

/**
 * Rebuilds every table and writes the page that leads to their reports.
 *
 * @returns The exit code: not 0 where any table has a failure.
 */
export async function reproduceAllCommand(
  options: Omit<ReproduceAllOptions, "renderReport"> & Pick<TableOptions, "cells">,
  { json }: { readonly json: boolean },
): Promise<number> {
  checkOptions(options);
  const { cells: _none, ...shared } = options;
  const { isComplete, reproduceAll } = await import("../pipeline/reproduce_all.ts");
  const outcome = await withDisplay((hooks) =>
    reproduceAll({
      ...shared,
      renderReport: async (result) => {
        const { renderReport } = await import("../reports/report.ts");
        return await renderReport([result]);
      },
      onTable: (table, index, count) => tell(`Table ${table} (${index + 1} of ${count})`),
      ...hooks,
    })
  );
  const { renderAllPage, renderAllText } = await import("../reports/render_all.ts");
  const summary = summaryOf(outcome);
  const index = join(outcome.folder, indexName);
  await writeFileAtomic(index, await renderAllPage(summary));
  if (json) {
    printJson({
      folder: outcome.folder,
      index,
      seconds: outcome.seconds,
      complete: isComplete(outcome),
      tables: outcome.tables.map(({ table, folder, seconds, outcome: made, error }) => ({
        table,
        folder,
        seconds,
        finished: made?.result.finished ?? false,
        trained: made?.trained ?? 0,
        measured: made?.measured ?? 0,
        failures: Object.fromEntries(made?.failures ?? []),
        ...(error === undefined ? {} : { error: error.message }),
      })),
    });
  } else {
    printBlock(renderAllText(summary));
    printLine(`Reports: ${index}`);
    if (!isComplete(outcome)) tell(`To run again what failed:\n  ${commandLine()}`);
  }
  return isComplete(outcome) ? exitCodes.done : exitCodes.failed;
}

/**
 * Plans of every table; one that cannot be planned does not hide the others.
 *
 * @param printPlan Prints the plan of one table.
 */
export async function planAllTables(
  options: Omit<TableOptions, "table">,
  printPlan: (options: TableOptions) => Promise<number>,
): Promise<number> {
  checkOptions(options);
  const { allFolder } = await import("../pipeline/reproduce_all.ts");
  const folder = allFolder(options.out, options.size ?? "mini");
  let code: number = exitCodes.done;
  for (const table of tableNames()) {
    try {
      await printPlan({ ...options, table, out: join(folder, table) });
      printLine();
    } catch (error) {
      if (!(error instanceof LgdBenchError)) throw error;
      tell(`${table}:`);
      const own = explainError(error);
      if (code === exitCodes.done) code = own;
    }
  }
  return code;
}
