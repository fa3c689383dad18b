/**
 * Kills runs with -9 at random moments, in trainings of students and of what measures them, and looks
 * whether they end with the same bits as an unbroken one.
 *
 *     deno run -A scripts/kill_test.ts --kills 20
 *
 * @module
 */

import { parseArgs } from "node:util";
import { killRuns } from "../pipeline/testdata/kill.ts";

const { values } = parseArgs({
  args: [...Deno.args],
  options: { kills: { type: "string", default: "20" }, seed: { type: "string", default: "0" } },
});
await killRuns(Number(values.kills), {
  seed: Number(values.seed),
  onRun: (message) => console.error(message),
});
console.error(`${values.kills} kills: models, evidence and numbers are the same to the last bit`);
