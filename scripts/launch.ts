/**
 * Starts a command with the least permissions that serve it: no network, and write access to
 * nothing but the run folder and the cache.
 *
 * It passes signals and the exit code on, and stops the command when `deno task` or npx, which started
 * it, have gone. The command ends itself when this process has gone.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { allocatorVariables } from "../core/engine/allocator_variables.ts";
import { startedPrograms, writableFolders } from "../cli/permissions.ts";
import { allowEnvironment, readVariable } from "../core/environment_variables.ts";
import { LgdBenchError } from "../core/errors.ts";
import { projectFolder } from "../core/files.ts";
import { findStarters, watchProcesses } from "./starters.ts";
import { arePackagesInstalled } from "./installed_packages.ts";
import { tell } from "../core/output.ts";

const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

/** Milliseconds that a command has to end in good order when what started it has gone. */
const patience = 5000;

/** Whether a command line brings plug-ins, which may bring packages of their own. */
function hasPlugins(args: readonly string[]): boolean {
  return args.some((arg) => arg === "--plugin" || arg.startsWith("--plugin="));
}

/** The arguments of `deno` that run a command line. */
export function permissionArguments(args: readonly string[]): string[] {
  const folders = writableFolders(args).map((folder) => resolve(folder));
  const programs = startedPrograms(args);
  return [
    "run",
    "--no-prompt",
    `--config=${join(projectFolder, "deno.json")}`,
    // Deno looks at every package before every command otherwise.
    ...(!hasPlugins(args) && arePackagesInstalled() ? ["--node-modules-dir=manual"] : []),
    "--allow-read",
    allowEnvironment(),
    "--allow-sys",
    // A module from the network would be code that nobody here has seen.
    "--no-remote",
    `--allow-ffi=${join(projectFolder, "node_modules")}`,
    ...(folders.length > 0 ? [`--allow-write=${folders.join(",")}`] : []),
    ...(programs.length > 0 ? [`--allow-run=${programs.join(",")}`] : []),
    join(projectFolder, "cli.ts"),
    ...args,
  ];
}

async function launch(args: readonly string[]): Promise<number> {
  const denied = [projectFolder, ...writableFolders(args), ...startedPrograms(args)]
    .find((path) => path.includes(","));
  if (denied !== undefined) {
    // A list of permissions cannot hold it.
    tell(`error: The path ${denied} has a comma in its name. Use another one`);
    return 2;
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: permissionArguments(args),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
    env: {
      LGD_BENCH_LAUNCHER: String(Deno.pid),
      ...allocatorVariables(readVariable("GLIBC_TUNABLES")),
    },
  }).spawn();
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already; its status is on the way.
    }
  };
  for (const signal of signals) Deno.addSignalListener(signal, () => kill(signal));
  const stop = watchProcesses(await findStarters(), () => {
    // As by Ctrl-C: the command ends in good order, and says how to resume.
    kill("SIGTERM");
    setTimeout(() => kill("SIGKILL"), patience);
  });
  const status = await child.status;
  stop();
  return status.signal === null ? status.code : 128 + (signalNumbers[status.signal] ?? 0);
}

if (import.meta.main) {
  let code: number;
  try {
    code = await launch(Deno.args);
  } catch (error) {
    if (!(error instanceof LgdBenchError)) throw error;
    tell(`error: ${error.message}`);
    code = error.exitCode;
  }
  Deno.exit(code);
}
