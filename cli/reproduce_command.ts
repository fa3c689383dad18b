/**
 * `reproduce`: rebuilds a table.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { countOf } from "../reports/format.ts";
import type { Program } from "./program.ts";
import { exitCodes } from "../core/errors.ts";
import { printBlock, printJson, printLine, tell, terminalWidth } from "../core/output.ts";
import { commandLine } from "./process.ts";
import { formatSeconds } from "./progress.ts";
import { withDisplay } from "./run_display.ts";
import {
  mostThreads,
  parseCount,
  parseCountFrom,
  pluginOption,
  pluginOptions,
  pluginOverrideOption,
  setOption,
  storeOption,
} from "./shared_options.ts";
import { defaultJobs } from "../core/launch/local_executor.ts";
import type { TableOptions } from "../pipeline/open_table.ts";
import type { ReproduceOutcome } from "../pipeline/reproduce.ts";
import { userPath, userSetting, userTable } from "../core/paths.ts";

/** What the command line gives. */
interface Flags {
  size: string;
  seeds?: number | undefined;
  out?: string | undefined;
  set: string[];
  cells?: string | undefined;
  executor: string;
  jobs?: number | undefined;
  slots?: number | undefined;
  store?: string | undefined;
  threads: number;
  loadPlugins?: true | undefined;
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
  deno task reproduce all --size smoke
  deno task reproduce table2 --set methods.lgd.alpha=0.3 --out runs/alpha
  deno task reproduce table2 --cells 'rn18-{seed,lgd-200}.*'
  deno task reproduce table2 --set data.imagenet=imagefolder:./photos --set data.pretraining=imagenet \\
    --out runs/photos
What is in the store is never trained or measured again, whichever table asked for it; a run that was
stopped goes on where it was.
\`deno task list settings\` lists the keys of --set.`;

/** Adds the command. */
export function addReproduceCommand(program: Program): void {
  program.command("reproduce")
    .description("rebuild a table: run what is missing, write results and the report")
    .argument("<table>", "name of a table, path of a recipe (.yaml), or all: every table")
    .option("--size <size>", "smoke, mini or paper", "mini")
    .option("--seeds <count>", "number of seeds (default: the size's own)", parseCount)
    .option(
      "--out <folder>",
      "run folder (default: runs/<table>-<size>); of all tables, the folder of theirs",
    )
    .addOption(setOption)
    .option("--cells <glob>", "run only the trainings whose id or row matches")
    .option("--executor <name>", "local or slurm", "local")
    .option("--jobs <count>", "jobs at the same time (default: one per core)", parseCount)
    .addOption(new Option("--slots <count>").argParser(parseCount).hideHelp())
    .option(
      "--threads <count>",
      "threads of each job; another number gives other last digits, so it trains again",
      parseCountFrom(1, mostThreads),
      1,
    )
    .addOption(storeOption)
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .option("--dry-run", "print the plan and end; loads no plug-ins")
    .option("--load-plugins", "load plug-ins for a dry run too")
    .option("--overwrite", "remove the run that is in the folder; the store keeps what it has")
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", help)
    .action(async (table, flags) => {
      Deno.exitCode = await reproduceCommand(table, flags);
    });
}

async function reproduceCommand(table: string, flags: Flags): Promise<number> {
  const options: TableOptions = {
    table: userTable(table),
    size: flags.size,
    set: flags.set.map(userSetting),
    threads: flags.threads,
    ...pluginOptions(flags),
  };
  if (flags.seeds !== undefined) options.seeds = flags.seeds;
  if (flags.out !== undefined) options.out = userPath(flags.out);
  if (flags.store !== undefined) options.store = userPath(flags.store);
  if (flags.cells !== undefined) options.cells = flags.cells;
  if (flags.overwrite !== undefined) options.overwrite = flags.overwrite;
  const json = flags.json === true;
  const running = { executor: flags.executor, jobs: flags.jobs ?? flags.slots ?? defaultJobs() };
  // The plans and outcomes of all tables are of the same options.
  if (table === "all") {
    const { table: _all, ...shared } = options;
    const { planAllTables, reproduceAllCommand } = await import("./reproduce_all_command.ts");
    return flags.dryRun
      ? await planAllTables(shared, (own) => printPlan(own, flags))
      : await reproduceAllCommand({ ...shared, ...running }, { json });
  }
  if (flags.dryRun) return await printPlan(options, flags);
  const startedAt = performance.now();
  const { reproduce } = await import("../pipeline/reproduce.ts");
  const outcome = await withDisplay((hooks) =>
    reproduce({
      ...options,
      ...running,
      renderReport: async (result) => {
        const { renderReport } = await import("../reports/report.ts");
        return await renderReport([result]);
      },
      ...hooks,
    })
  );
  await printOutcome(outcome, { json, seconds: (performance.now() - startedAt) / 1000 });
  return outcome.failures.size > 0 ? exitCodes.failed : exitCodes.done;
}

async function printOutcome(
  { result, reportPath, folder, failures, trained, measured }: ReproduceOutcome,
  { json, seconds }: { json: boolean; seconds: number },
): Promise<void> {
  if (json) {
    const outcome = {
      folder,
      result: `${folder}/result.json`,
      report: reportPath,
      finished: result.finished,
      trained,
      measured,
      failures: Object.fromEntries(failures),
      seconds,
    };
    printJson(outcome);
    return;
  }
  const { renderTextTable } = await import("../reports/text_table.ts");
  const width = Math.min(160, terminalWidth());
  printBlock(renderTextTable(result, { width }) + "\n");
  printLine(`Report: ${reportPath}`);
  printLine(
    trained + measured + failures.size === 0
      ? `Nothing was left to run; answered in ${formatSeconds(seconds)}.`
      : `Trained ${countOf(trained, "student")} and made ${countOf(measured, "measurement")} in ` +
        `${formatSeconds(seconds)}.`,
  );
  for (const [id, reason] of failures) tell(`error: ${id}: ${reason}`);
  if (failures.size > 0) {
    tell(
      `${countOf(failures.size, "job")} failed. To run again:\n  ${commandLine()}`,
    );
  }
}

/** The plan: trainings and measurements, steps, images, what is in the store. */
async function printPlan(options: TableOptions, flags: Flags): Promise<number> {
  const [{ estimateTable, openTable, pendingUnits, validateTable }, { isTrained }] = await Promise
    .all([import("../pipeline/open_table.ts"), import("../pipeline/stored_model.ts")]);
  const { checkExecutorName } = await import("../core/launch/executor.ts");
  checkExecutorName(flags.executor);
  const opened = await openTable({ ...options, loadPlugins: flags.loadPlugins === true });
  const warnings = [...opened.warnings, ...await validateTable(opened)];
  if (options.plugins?.length && !flags.loadPlugins) {
    warnings.push(
      "Plug-ins run with all your rights, so this dry run loaded none; add --load-plugins to load them",
    );
  }
  const work = await estimateTable(opened);
  const { recipe, plan, folder, stored, store } = opened;
  const trainings = plan.chosen.flatMap(({ id, train, measures }) => {
    const { images, steps } = work.get(id) ?? { images: 0, steps: 0 };
    return [{
      id,
      method: train?.spec.method ?? null,
      student: train?.spec.student ?? null,
      images,
      steps,
      trained: !isTrained(train) || stored.models.has(train.key),
      trains: isTrained(train),
      tasks: measures.flatMap(({ columns }) => columns.map(({ column }) => column)),
      measurements: measures.length,
      measured: measures.filter(({ key }) => stored.outcomes.has(key)).length,
    }];
  });
  const units = await pendingUnits(opened);
  const toTrain = trainings.filter(({ trained }) => !trained);
  const count = (of: (training: typeof trainings[number]) => number) =>
    trainings.reduce((sum, training) => sum + of(training), 0);
  const totals = {
    trainings: trainings.filter(({ trains }) => trains).length,
    toTrain: toTrain.length,
    measurements: count(({ measurements }) => measurements),
    toMeasure: count(({ measurements, measured }) => measurements - measured),
    images: toTrain.reduce((sum, { images }) => sum + images, 0),
    steps: toTrain.reduce((sum, { steps }) => sum + steps, 0),
  };
  if (flags.json) {
    const plan = { folder, store: store.folder, ...totals, trainings, jobs: units.length };
    printJson({ ...plan, warnings });
    return exitCodes.done;
  }
  const width = Math.max(4, ...trainings.map(({ id }) => id.length));
  const line = (id: string, columns: readonly (string | number)[], state: string) =>
    `${id.padEnd(width)} ${
      columns.map((column) => String(column).padStart(8)).join(" ")
    }  ${state}`;
  printLine(
    `${recipe.title} (${recipe.table}, size ${recipe.size}, seeds ${plan.seeds.join(", ")})`,
  );
  printLine();
  printLine(line("job", ["images", "steps", "measures"], "state"));
  for (const { id, images, steps, measurements, measured, trained, trains } of trainings) {
    const state = trains ? trained ? "in the store" : "to train" : "nothing to train";
    const left = measurements - measured;
    printLine(
      line(id, [images, steps, measurements], left === 0 ? state : `${state}, ${left} to measure`),
    );
  }
  printLine();
  printLine(
    `${totals.toTrain} of ${countOf(totals.trainings, "training")} to do, ${totals.steps} steps; ` +
      `${totals.toMeasure} of ${countOf(totals.measurements, "measurement")} to make.`,
  );
  printLine(`Run folder: ${folder}`);
  printLine(`Store: ${store.folder}`);
  for (const warning of warnings) tell(`warning: ${warning}`);
  return exitCodes.done;
}
