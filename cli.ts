/**
 * The command line: `reproduce`, `distill`, `evaluate`, `detect`, `segment`, `export`, `figures`, `report`,
 * `compare`, `list`, `data`, `store`, `nightly`, `history`, `doctor`, `bench`.
 *
 * @module
 */

import { CommanderError } from "@commander-js/extra-typings";
import { ConfigError, exitCodes } from "./core/errors.ts";
import { cacheFolder } from "./core/files.ts";
import { readProject } from "./core/results/environment.ts";
import { sweepTemporaryFiles } from "./core/store/leftovers.ts";
import { addBenchCommand } from "./cli/bench_command.ts";
import { addCompareCommand } from "./cli/compare_command.ts";
import { addDataCommand } from "./cli/data_command.ts";
import { addDetectCommand } from "./cli/detect_command.ts";
import { addDistillCommand } from "./cli/distill_command.ts";
import { addDoctorCommand } from "./cli/doctor_command.ts";
import { addEvaluateCommand } from "./cli/evaluate_command.ts";
import { addExportCommand } from "./cli/export_command.ts";
import { addFiguresCommand } from "./cli/figures_command.ts";
import { addHistoryCommand } from "./cli/history_command.ts";
import { addListCommand } from "./cli/list_command.ts";
import { addNightlyCommand } from "./cli/nightly_command.ts";
import { commandLine, explainError, stopWithLauncher } from "./cli/process.ts";
import { createProgram, type Program } from "./cli/program.ts";
import { addReportCommand } from "./cli/report_command.ts";
import { addReproduceCommand } from "./cli/reproduce_command.ts";
import { addSegmentCommand } from "./cli/segment_command.ts";
import { addStoreCommand } from "./cli/store_command.ts";

/** The program with all its commands. */
export function buildProgram(version: string): Program {
  const program = createProgram(version);
  addReproduceCommand(program);
  addDistillCommand(program);
  addEvaluateCommand(program);
  addDetectCommand(program);
  addSegmentCommand(program);
  addExportCommand(program);
  addFiguresCommand(program);
  addReportCommand(program);
  addCompareCommand(program);
  addListCommand(program);
  addDataCommand(program);
  addStoreCommand(program);
  addNightlyCommand(program);
  addHistoryCommand(program);
  addDoctorCommand(program);
  addBenchCommand(program);
  return program;
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
    await buildProgram(version).parseAsync([...args], { from: "user" });
    // What killed commands have left half-written; a cache that this command may not touch stays as it is.
    await sweepTemporaryFiles(cacheFolder()).catch(() => {});
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
