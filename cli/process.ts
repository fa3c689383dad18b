/**
 * What a command owes the process around it: stopping on signals and with its launcher, exit
 * codes.
 *
 * @module
 */

import { readVariable } from "../core/environment_variables.ts";
import { exitCodes, InterruptedError, LgdBenchError } from "../core/errors.ts";
import { cleanMessage, tell, tellBlock } from "../core/output.ts";
import { taskCommand } from "../core/task_command.ts";

/** The command line that runs the same again, e.g. to resume. */
export function commandLine(args: readonly string[] = Deno.args): string {
  return taskCommand(args.filter((word) => word !== "--overwrite"));
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
    // A terminal has the sign of Ctrl-C on this line.
    if (error instanceof InterruptedError) tellBlock(`\n${cleanMessage(error.message)}`);
    else tell(`error: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof Deno.errors.NotCapable) {
    tell(
      `error: ${error.message}. Commands get the permissions that they need from ` +
        `\`${taskCommand([])}\``,
    );
    return exitCodes.data;
  }
  tell(`error: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  return exitCodes.failed;
}
