/**
 * `reproduce`: rebuilds a table.
 *
 * @module
 */

import type { Program } from "./program.ts";
import { exitCodes } from "../core/errors.ts";
import { commandLine, print, tell, terminalWidth } from "./process.ts";
import { formatSeconds } from "./progress.ts";
import { withDisplay } from "./run_display.ts";
import {
  collect,
  parseCount,
  pluginOption,
  pluginOptions,
  pluginOverrideOption,
} from "./shared_options.ts";
import type { ReproduceOutcome, TableOptions } from "../pipeline/reproduce.ts";

/** What the command line gives. */
interface Flags {
  size: string;
  seeds?: number | undefined;
  out?: string | undefined;
  set: string[];
  cells?: string | undefined;
  executor: string;
  slots?: number | undefined;
  dryRun?: true | undefined;
  overwrite?: true | undefined;
  json?: true | undefined;
  plugin: string[];
  pluginOverride?: true | undefined;
}

const help = `
Sizes: smoke (the whole path in a minute; its numbers mean nothing), mini (the embedded data),
paper (the published setting on the published data, which you supply).
Examples:
  deno task reproduce table2 --seeds 3
  deno task reproduce table2 --set pretrain.alpha=0.3 --out runs/alpha
  deno task reproduce table2 --cells 'rn18-{seed,lgd-200}.*'
  deno task reproduce table2 --set data.imagenet=imagefolder:./photos --out runs/photos
What is finished is never run again; a run that was stopped goes on where it was.
\`deno task list settings\` lists the keys of --set.`;

/** Adds the command. */
export function addReproduceCommand(program: Program): void {
  program.command("reproduce")
    .description("rebuild a table: run what is missing, write results and the report")
    .argument("<table>", "name of a table, or path of a recipe (.yaml)")
    .option("--size <size>", "smoke, mini or paper", "mini")
    .option("--seeds <count>", "number of seeds (default: the size's own)", parseCount)
    .option("--out <folder>", "run folder (default: runs/<table>-<size>)")
    .option("--set <key=value>", "override a setting; may be repeated", collect, [] as string[])
    .option("--cells <glob>", "run only the cells whose id or row fits")
    .option("--executor <name>", "local or slurm", "local")
    .option("--slots <count>", "cells at the same time (default: one per core)", parseCount)
    .option(...pluginOption, collect, [] as string[])
    .option(...pluginOverrideOption)
    .option("--dry-run", "print the plan and end")
    .option("--overwrite", "remove the run that is in the folder and start anew")
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", help)
    .action(async (table, flags) => {
      Deno.exitCode = await reproduceCommand(table, flags);
    });
}

async function reproduceCommand(table: string, flags: Flags): Promise<number> {
  const options: TableOptions = {
    table,
    size: flags.size,
    set: flags.set,
    ...pluginOptions(flags),
  };
  if (flags.seeds !== undefined) options.seeds = flags.seeds;
  if (flags.out !== undefined) options.out = flags.out;
  if (flags.cells !== undefined) options.cells = flags.cells;
  if (flags.overwrite !== undefined) options.overwrite = flags.overwrite;
  if (flags.dryRun) return await printPlan(options, flags);
  const startedAt = performance.now();
  const { reproduce } = await import("../pipeline/reproduce.ts");
  const outcome = await withDisplay((hooks) =>
    reproduce({
      ...options,
      executor: flags.executor,
      ...(flags.slots === undefined ? {} : { slots: flags.slots }),
      renderReport: async (result) => {
        const { renderReport } = await import("../reports/report.ts");
        return await renderReport([result]);
      },
      ...hooks,
    })
  );
  await printOutcome(outcome, {
    json: flags.json === true,
    seconds: (performance.now() - startedAt) / 1000,
  });
  return outcome.failures.size > 0 ? exitCodes.failed : exitCodes.done;
}

async function printOutcome(
  { result, reportPath, folder, failures, ran }: ReproduceOutcome,
  { json, seconds }: { json: boolean; seconds: number },
): Promise<void> {
  if (json) {
    const outcome = {
      folder,
      result: `${folder}/result.json`,
      report: reportPath,
      finished: result.finished,
      ran,
      failures: Object.fromEntries(failures),
      seconds,
    };
    print(JSON.stringify(outcome, null, 1) + "\n");
    return;
  }
  const { renderTextTable } = await import("../reports/text_table.ts");
  const width = Math.min(160, terminalWidth());
  print(renderTextTable(result, { width }) + "\n");
  print(`Report: ${reportPath}\n`);
  print(
    ran === 0 && failures.size === 0
      ? `Nothing was left to run; answered in ${formatSeconds(seconds)}.\n`
      : `Ran ${ran} ${ran === 1 ? "cell" : "cells"} in ${formatSeconds(seconds)}.\n`,
  );
  for (const [id, reason] of failures) tell(`error: ${id}: ${reason}`);
  if (failures.size > 0) {
    tell(
      `${
        failures.size === 1 ? "1 cell" : `${failures.size} cells`
      } failed. To run again:\n  ${commandLine()}`,
    );
  }
}

/** The plan: cells, steps, images, what is finished. */
async function printPlan(options: TableOptions, flags: Flags): Promise<number> {
  const { checkTable, estimateTable, openTable, pendingCells } = await import(
    "../pipeline/reproduce.ts"
  );
  const { checkExecutorName } = await import("../core/launch/executor.ts");
  checkExecutorName(flags.executor);
  const opened = await openTable(options);
  await checkTable(opened);
  const work = await estimateTable(opened);
  const pending = new Set(pendingCells(opened).map(({ id }) => id));
  const cells = opened.plan.chosen.map(({ id, pretrain, tasks }) => ({
    id,
    method: pretrain.method,
    student: pretrain.student,
    images: work.get(id)!.images,
    steps: work.get(id)!.steps,
    tasks: tasks.map(({ column }) => column),
    finished: !pending.has(id),
  }));
  const steps = cells.reduce((sum, cell) => sum + (cell.finished ? 0 : cell.steps), 0);
  if (flags.json) {
    print(JSON.stringify({ folder: opened.folder, cells, steps }, null, 1) + "\n");
    return exitCodes.done;
  }
  const { recipe, plan, folder } = opened;
  const width = Math.max(4, ...cells.map(({ id }) => id.length));
  const line = (id: string, columns: readonly (string | number)[], state: string) =>
    `${id.padEnd(width)} ${
      columns.map((column) => String(column).padStart(8)).join(" ")
    }  ${state}\n`;
  print(
    `${recipe.title} (${recipe.table}, size ${recipe.size}, seeds ${plan.seeds.join(", ")})\n\n`,
  );
  print(line("cell", ["images", "steps", "tasks"], "state"));
  for (const cell of cells) {
    print(
      line(
        cell.id,
        [cell.images, cell.steps, cell.tasks.length],
        cell.finished ? "finished" : "to run",
      ),
    );
  }
  print(`\n${pending.size} of ${cells.length} cells to run, ${steps} training steps; `);
  print(`${plan.baselines.length} baseline rows. Run folder: ${folder}\n`);
  for (const warning of opened.warnings) tell(`warning: ${warning}`);
  return exitCodes.done;
}
