/** Runs a table of small trainings, with many checkpoints, as a process of its own: OUT, STORE. */

import { stopWithLauncher } from "../../cli/process.ts";
import { reproduce } from "../reproduce.ts";

stopWithLauncher();
const { trained, measured, failures } = await reproduce({
  table: "killed",
  recipeFolder: import.meta.dirname!,
  out: Deno.args[0]!,
  store: Deno.args[1]!,
  jobs: 1,
  checkpointMilliseconds: 20,
  renderReport: ({ title }) => Promise.resolve(`<h1>${title}</h1>`),
  onEvent: (event) => {
    if (event.type === "warning") console.error(`warning: ${event.message}`);
  },
});
console.log(JSON.stringify({ trained, measured, failures: [...failures] }));
Deno.exit(failures.size > 0 ? 1 : 0);
