/**
 * The display of a command that runs jobs: bars on a terminal, lines elsewhere, Ctrl-C.
 *
 * @module
 */

import { readVariable } from "../core/environment_variables.ts";
import type { PipelineEvent } from "../pipeline/messages.ts";
import { cleanText } from "../reports/format.ts";
import { interruptSignal, tell } from "./process.ts";
import { ProgressDisplay } from "./progress.ts";

/**
 * Runs something with a display of its progress and a signal that Ctrl-C aborts.
 *
 * @param run Given what it must pass on.
 */
export async function withDisplay<Result>(
  run: (
    hooks: { onEvent: (event: PipelineEvent) => void; signal: AbortSignal },
  ) => Promise<Result>,
): Promise<Result> {
  const display = new ProgressDisplay({
    terminal: Deno.stderr.isTerminal() && readVariable("CI") === undefined,
    writeLine: (line) => tell(cleanText(line)),
  });
  const { signal, dispose } = interruptSignal();
  try {
    return await run({ onEvent: (event) => display.handle(event), signal });
  } finally {
    display.stop();
    dispose();
  }
}
