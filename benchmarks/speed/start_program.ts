/**
 * Starts a program and ends as it ends: a small process between a large one and the program that it
 * measures. Linux counts the memory of a process that starts a program into the program's own peak, so
 * that nothing smaller than the large one could be told apart. It imports next to nothing, to stay small.
 *
 *     deno run --allow-run start_program.ts PROGRAM ARGUMENT…
 *
 * @module
 */

import { tell } from "../../core/output.ts";

/** Exit code where the program cannot be started, as shells have it. */
const notStarted = 127;

/** Milliseconds between two looks whether the process that started this one is there. */
const interval = 500;

/** Starts the program; undefined, and says why, where it cannot be started. */
function start(program: string, args: readonly string[]): Deno.ChildProcess | undefined {
  try {
    return new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (error) {
    tell((error as Error).message);
    return undefined;
  }
}

if (import.meta.main) {
  const [program = "", ...args] = Deno.args;
  const parent = Deno.ppid;
  const child = start(program, args);
  if (child === undefined) Deno.exit(notStarted);
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already; its status is on the way.
    }
  };
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, () => kill(signal));
  // A bench that was killed has no use for the measurement.
  setInterval(() => Deno.ppid === parent || kill("SIGTERM"), interval);
  const { code } = await child.status;
  Deno.exit(code);
}
