/**
 * What a command owes the process around it: stopping on signals and with its launcher, printing,
 * exit codes.
 *
 * @module
 */

import { join, relative } from "node:path";
import { readVariable } from "../core/environment_variables.ts";
import { projectFolder } from "../core/files.ts";
import { userFolder } from "./paths.ts";
import { exitCodes, InterruptedError, LgdBenchError } from "../core/errors.ts";

/** Writes a text to standard output, whole. */
export function print(text: string): void {
  writeAll(Deno.stdout, text);
}

/** Writes a line to standard error. */
export function tell(text: string): void {
  writeAll(Deno.stderr, text + "\n");
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest: Uint8Array = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  } catch (error) {
    // The reader has gone (`… | head`); the work goes on.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Columns of the terminal, or 120 where there is none. */
export function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 120;
  }
}

/** A word as a shell reads it back. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** How the user starts commands here: through npx where that started the program. */
function taskCommand(): string {
  // npx puts itself into the environment of what it runs; a `deno` of one's own does not.
  const isNpx = readVariable("npm_command") === "exec" && /[/\\]_npx[/\\]/.test(Deno.execPath());
  const deno = isNpx ? "npx -y deno" : "deno";
  const isInside = !relative(projectFolder, userFolder()).startsWith("..");
  const config = isInside ? "" : ` --config ${quoteWord(join(projectFolder, "deno.json"))}`;
  return `${deno} task${config}`;
}

/** The command line that runs the same again, e.g. to resume. */
export function commandLine(args: readonly string[] = Deno.args): string {
  return [
    taskCommand(),
    ...args.filter((word) => word !== "--overwrite").map(quoteWord),
  ].join(" ");
}

/** A terminal sends Ctrl-C to this process and to its launcher, which passes it on. */
const echoMilliseconds = 300;

/**
 * A signal that is aborted by Ctrl-C, SIGTERM or SIGHUP with an {@linkcode InterruptedError} that
 * tells how to resume. A second one ends the process at once.
 */
export function interruptSignal(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  let first: number | undefined;
  const interrupt = () => {
    if (first !== undefined && performance.now() - first < echoMilliseconds) return;
    if (first !== undefined) Deno.exit(exitCodes.interrupted);
    first = performance.now();
    controller.abort(new InterruptedError(`Interrupted. To resume:\n  ${commandLine()}`));
  };
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
    },
  };
}

/**
 * Ends this process when the launcher that started it has gone (killed, without a chance to pass
 * that on), so that nothing goes on writing unseen.
 */
export function stopWithLauncher(): void {
  const launcher = Number(readVariable("LGD_BENCH_LAUNCHER"));
  if (!Number.isInteger(launcher) || launcher <= 0) return;
  const check = () => {
    if (Deno.ppid !== launcher) Deno.exit(exitCodes.interrupted);
  };
  check();
  Deno.unrefTimer(setInterval(check, 500));
}

/** Tells an error and returns the exit code it stands for. */
export function explainError(error: unknown): number {
  if (error instanceof LgdBenchError) {
    tell(error instanceof InterruptedError ? `\n${error.message}` : `error: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof Deno.errors.NotCapable) {
    tell(`error: ${error.message}`);
    tell("Start commands through `deno task`, which gives each the permissions it needs");
    return exitCodes.usage;
  }
  tell(`error: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  return exitCodes.failed;
}
