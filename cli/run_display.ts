/**
 * The display of a command that runs jobs: bars on a terminal, lines elsewhere, Ctrl-C.
 *
 * @module
 */

import { readVariable } from "../core/environment_variables.ts";
import { isTerminal, tell } from "../core/output.ts";
import type { PipelineEvent } from "../pipeline/messages.ts";
import { interruptSignal } from "./process.ts";
import { ProgressDisplay } from "./progress.ts";

/**
 * Runs something with a display of its progress and a signal that Ctrl-C aborts.
 *
 * @param run Given what it must pass on.
 */
export async function withDisplay<Result>(
  run: (
    hooks: { onEvent: (event: PipelineEvent) => void; signal: AbortSignal },
    /** Warnings that were shown meanwhile: nobody needs them twice. */
    warned: ReadonlySet<string>,
  ) => Promise<Result>,
): Promise<Result> {
  const display = new ProgressDisplay({
    terminal: isTerminal() && readVariable("CI") === undefined,
    writeLine: tell,
  });
  const { signal, dispose } = interruptSignal();
  try {
    return await run({ onEvent: (event) => display.handle(event), signal }, display.warned);
  } finally {
    display.stop();
    dispose();
  }
}
