/** Runs the tiny table with dummy Workers as a process of its own: OUT, STORE, then jobs at a time. */

import { join } from "node:path";
import { explainError, interruptSignal, stopWithLauncher } from "../../cli/process.ts";
import { printJson, tell } from "../../core/output.ts";
import { reproduce } from "../reproduce.ts";

const here = import.meta.dirname!;
stopWithLauncher();
const { signal } = interruptSignal();
try {
  const { trained, measured, failures, result } = await reproduce({
    table: "tiny",
    recipeFolder: here,
    out: Deno.args[0]!,
    store: Deno.args[1]!,
    jobs: Number(Deno.args[2] ?? 2),
    modules: {
      prepare: `file://${join(here, "dummy_prepare_worker.ts")}`,
      unit: `file://${join(here, "dummy_unit_worker.ts")}`,
    },
    renderReport: ({ title }) => Promise.resolve(`<h1>${title}</h1>`),
    onEvent: (event) => {
      if (event.type === "started" || event.type === "ended") tell(`${event.type} ${event.job.id}`);
      if (event.type === "waiting") tell(`waiting ${event.job.id} for ${event.holder}`);
    },
    signal,
  });
  const { finished } = result;
  printJson({ trained, measured, failures: [...failures], finished }, { indent: 0 });
  Deno.exit(failures.size > 0 ? 1 : 0);
} catch (error) {
  Deno.exit(explainError(error));
}
