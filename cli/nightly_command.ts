/**
 * `nightly`: a whole night of tables and speed cases, with a gate.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { join } from "node:path";
import { ConfigError } from "../core/errors.ts";
import { projectFolder } from "../core/files.ts";
import { defaultJobs } from "../core/launch/local_executor.ts";
import { printBlock, printJson, printLine, tell, terminalWidth } from "../core/output.ts";
import {
  isRecipePath,
  userPath,
  userPathOr,
  userProgram,
  userSetting,
  userTable,
} from "../core/paths.ts";
import {
  defaultHistoryFile,
  defaultNightlyFolder,
  defaultPython,
} from "../core/recipe/default_folder.ts";
import { unknownNameMessage } from "../core/registry.ts";
import type { Program } from "./program.ts";
import { withDisplay } from "./run_display.ts";
import {
  collect,
  mostThreads,
  parseCountFrom,
  pluginOption,
  pluginOptions,
  pluginOverrideOption,
  setOption,
} from "./shared_options.ts";

/** Speed cases of a night where the user names none: some seconds each. */
const defaultSpeedCases = "{resnet18-64,teacher-emoji-clip,detector-128,deeplab-192}";

const help = `
Exit codes: 0 passed (the first night too, which is stored as the baseline); 1 a number, a time or
memory is worse beyond noise and tolerance, a number is lost, or a table failed to run; 2 a wrong
option, or a baseline that measures something else; 3 a baseline or the history is damaged or newer,
or the clock went backwards; 75 another night runs in the folder.
Examples:
  deno task nightly
  deno task nightly --size smoke --tables table2 --speed none
  deno task nightly --accept "new learning rate, see #12"
A night that was stopped goes on where it was. How the gate judges, and how to put it into your own
repository: docs/nightly.md.`;

function parseReason(text: string): string {
  if (text.trim().length >= 3) return text.trim();
  throw new InvalidArgumentError("Expected a reason that a reader understands.");
}

/** Adds the command. */
export function addNightlyCommand(program: Program): void {
  program.command("nightly")
    .description("run a whole night of tables and speed cases, and fail where something got worse")
    .option("--tables <names>", "tables or recipes (.yaml), separated by commas", "all")
    .option("--size <size>", "smoke, mini or paper", "mini")
    .option("--seeds <count>", "number of seeds; one finds next to nothing", parseCountFrom(1), 3)
    .addOption(setOption)
    .option("--cells <glob>", "run only the trainings whose id or row matches")
    .option("--jobs <count>", "jobs at the same time (default: one per core)", parseCountFrom(1))
    .option("--threads <count>", "threads of each job", parseCountFrom(1, mostThreads), 1)
    .option("--folder <folder>", `folder of the nights (default: ${defaultNightlyFolder})`)
    .option("--history <file>", `the history (default: ${defaultHistoryFile})`)
    .option("--store <folder>", "store of models and outcomes (default: one for this code)")
    .option("--fresh", "run everything again, whatever the store has")
    .option("--branch <name>", "branch, for the history (default: the one that is checked out)")
    .option("--accept <reason>", "store this night as the baseline", parseReason)
    .option(
      "--known-losses <file>",
      "losses that are accepted (default: benchmarks/known_losses.yaml)",
    )
    .option(
      "--tolerance <metric=number>",
      "tolerated loss; may be repeated",
      collect,
      [] as string[],
    )
    .option("--across-machines", "compare numbers with those of another class of machine")
    .option("--speed <cases>", "speed cases, a glob, or none (default: none at smoke, else some)")
    .option(
      "--speed-threads <count>",
      "threads of the speed cases",
      parseCountFrom(1, mostThreads),
      1,
    )
    .option("--speed-runs <count>", "processes of each case beside a peer", parseCountFrom(1), 3)
    .option("--speed-pairs <count>", "pairs of processes of two commits", parseCountFrom(2), 6)
    .option("--python <path>", "interpreter that has PyTorch and torchvision", defaultPython)
    .addOption(pluginOption)
    .addOption(pluginOverrideOption)
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", help)
    .action(async (flags) => {
      const [
        { runNight },
        { writeNight },
        { renderSummaryText },
        { nightJson },
        { exitCodeOf },
      ] = await Promise.all([
        import("../nightly/run_night.ts"),
        import("../nightly/write_night.ts"),
        import("../nightly/summary_text.ts"),
        import("../nightly/night_json.ts"),
        import("../nightly/night_report.ts"),
      ]);
      const { parseTolerances } = await import("../nightly/gate/tolerance.ts");
      const { loadPlugins, pluginRequest } = await import("../pipeline/plugins.ts");
      await loadPlugins(pluginRequest(pluginOptions(flags)));
      const folder = userPathOr(flags.folder, defaultNightlyFolder);
      const history = userPathOr(flags.history, defaultHistoryFile);
      const cases = flags.speed ?? (flags.size === "smoke" ? "none" : defaultSpeedCases);
      const known = flags.knownLosses;
      const tables = await chooseTables(flags.tables);
      const report = await withDisplay(({ onEvent, signal }) =>
        runNight({
          tables,
          size: flags.size,
          folder,
          history,
          fresh: flags.fresh === true,
          knownLosses: {
            path: userPathOr(known, join(projectFolder, "benchmarks", "known_losses.yaml")),
            isNamed: known !== undefined,
          },
          tolerances: parseTolerances(flags.tolerance),
          acrossMachines: flags.acrossMachines === true,
          ...(flags.branch === undefined ? {} : { branch: flags.branch }),
          ...(flags.accept === undefined ? {} : { accept: flags.accept }),
          ...(flags.store === undefined ? {} : { store: userPath(flags.store) }),
          ...(cases === "none" ? {} : {
            speed: {
              cases,
              threads: [flags.speedThreads],
              runs: flags.speedRuns,
              pairs: flags.speedPairs,
              python: userProgram(flags.python),
            },
          }),
          run: {
            seeds: flags.seeds,
            set: flags.set.map(userSetting),
            threads: flags.threads,
            jobs: flags.jobs ?? defaultJobs(),
            ...(flags.cells === undefined ? {} : { cells: flags.cells }),
            ...pluginOptions(flags),
            onEvent,
          },
          onProgress: tell,
          signal,
        })
      );
      const files = await writeNight(report, { folder, history });
      if (flags.json) printJson(nightJson(report, files));
      else {
        const width = Math.min(160, terminalWidth());
        printBlock(`\n${renderSummaryText(report, { width })}`);
        printLine(`Report: ${files.report}`);
      }
      Deno.exitCode = exitCodeOf(report);
    });
}

/**
 * The tables that are named, or all.
 *
 * @throws {ConfigError} where there is none of a name: a night is long, and a slip is found at once.
 */
async function chooseTables(names: string): Promise<string[]> {
  const { tableNames } = await import("../core/recipe/recipe.ts");
  if (names === "none") return [];
  const known = tableNames();
  if (names === "all") return known;
  const tables = names.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (tables.length === 0) {
    throw new ConfigError(`--tables: expected names of tables, "all" or "none", got "${names}"`);
  }
  const unknown = tables.find((name) => !isRecipePath(name) && !known.includes(name));
  if (unknown !== undefined) throw new ConfigError(unknownNameMessage("table", unknown, known));
  return [...new Set(tables.map(userTable))];
}
