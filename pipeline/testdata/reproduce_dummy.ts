/** Runs the tiny table with dummy Workers as a process of its own: OUT, then options. */

import { join } from "node:path";
import { explainError, interruptSignal, print, stopWithLauncher, tell } from "../../cli/process.ts";
import { reproduce } from "../reproduce.ts";

const here = import.meta.dirname!;
stopWithLauncher();
const { signal } = interruptSignal();
try {
  const { ran, failures, result } = await reproduce({
    table: "tiny",
    recipeFolder: here,
    out: Deno.args[0]!,
    slots: Number(Deno.args[1] ?? 2),
    modules: {
      prepare: `file://${join(here, "dummy_prepare_worker.ts")}`,
      cell: `file://${join(here, "dummy_cell_worker.ts")}`,
    },
    renderReport: ({ title }) => Promise.resolve(`<h1>${title}</h1>`),
    onEvent: (event) => {
      if (event.type === "started" || event.type === "ended") tell(`${event.type} ${event.job.id}`);
    },
    signal,
  });
  print(JSON.stringify({ ran, failures: [...failures], finished: result.finished }) + "\n");
  Deno.exit(failures.size > 0 ? 1 : 0);
} catch (error) {
  Deno.exit(explainError(error));
}
