/**
 * The command line: `reproduce`, `distill`, `evaluate`, `detect`, `segment`, `export`, `figures`, `report`,
 * `compare`, `list`, `data`, `store`, `nightly`, `history`, `doctor`, `bench`.
 *
 * @module
 */

import { CommanderError } from "@commander-js/extra-typings";
import { commandAccess } from "./cli/permissions.ts";
import { commandLine, explainError, stopWithLauncher } from "./cli/process.ts";
import { createProgram, type Program } from "./cli/program.ts";
import { ConfigError, exitCodes } from "./core/errors.ts";
import { cacheFolder } from "./core/files.ts";
import { readProject } from "./core/results/environment.ts";

/** Adds a command to a program. */
type AddCommand = (program: Program) => void;

/** The module of each command, in the order of `--help`; it is loaded where the command is needed. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  reproduce: async () => (await import("./cli/reproduce_command.ts")).addReproduceCommand,
  distill: async () => (await import("./cli/distill_command.ts")).addDistillCommand,
  evaluate: async () => (await import("./cli/evaluate_command.ts")).addEvaluateCommand,
  detect: async () => (await import("./cli/detect_command.ts")).addDetectCommand,
  segment: async () => (await import("./cli/segment_command.ts")).addSegmentCommand,
  export: async () => (await import("./cli/export_command.ts")).addExportCommand,
  figures: async () => (await import("./cli/figures_command.ts")).addFiguresCommand,
  report: async () => (await import("./cli/report_command.ts")).addReportCommand,
  compare: async () => (await import("./cli/compare_command.ts")).addCompareCommand,
  list: async () => (await import("./cli/list_command.ts")).addListCommand,
  data: async () => (await import("./cli/data_command.ts")).addDataCommand,
  store: async () => (await import("./cli/store_command.ts")).addStoreCommand,
  nightly: async () => (await import("./cli/nightly_command.ts")).addNightlyCommand,
  history: async () => (await import("./cli/history_command.ts")).addHistoryCommand,
  doctor: async () => (await import("./cli/doctor_command.ts")).addDoctorCommand,
  bench: async () => (await import("./cli/bench_command.ts")).addBenchCommand,
};

/** Names of all commands, in the order of `--help`. */
export const commandNames: readonly string[] = Object.keys(commands);

/**
 * The program with commands.
 *
 * @param names Of the commands. @default {all}
 */
export async function buildProgram(
  version: string,
  names: readonly string[] = commandNames,
): Promise<Program> {
  const program = createProgram(version);
  for (const add of await Promise.all(names.map((name) => commands[name]!()))) add(program);
  return program;
}

/** What a command line needs: its command, or all of them where it names none that there is. */
function neededCommands([name = ""]: readonly string[]): readonly string[] {
  return Object.hasOwn(commands, name) ? [name] : commandNames;
}

/** Removes what killed commands have left half-written; only where this command may write. */
async function sweepCache([name = ""]: readonly string[]): Promise<void> {
  if (!Object.hasOwn(commandAccess, name) || !commandAccess[name]!.cache) return;
  const { sweepTemporaryFiles } = await import("./core/store/leftovers.ts");
  await sweepTemporaryFiles(cacheFolder()).catch(() => {});
}

/**
 * Refuses options after `--`, which would be taken for names.
 *
 * @throws {ConfigError} with the command that was probably meant.
 */
function checkSeparator(args: readonly string[]): void {
  const place = args.indexOf("--");
  if (place < 0 || !args.slice(place + 1).some((word) => /^--?[a-z]/i.test(word))) return;
  const meant = commandLine([...args.slice(0, place), ...args.slice(place + 1)]);
  throw new ConfigError(`Options stand before "--". Did you mean, without it:\n  ${meant}`);
}

/** Runs a command line and returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    checkSeparator(args);
    const { version } = await readProject();
    const program = await buildProgram(version, neededCommands(args));
    await program.parseAsync([...args], { from: "user" });
    await sweepCache(args);
    return Deno.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return explainError(error);
    // Commander has printed the message already; help and version that were asked for are no errors.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}

if (import.meta.main) {
  stopWithLauncher();
  Deno.exit(await main(Deno.args));
}
