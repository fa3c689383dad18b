/**
 * Fuzzes one parser in a process of its own, so that a crash of native code or a loop without end is
 * one failure and not the end of all. Prints a line for each mutation before it is tried, and a report.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { fuzzParsers } from "./parsers.ts";
import { fuzzParser } from "./run.ts";

const { values } = parseArgs({
  args: [...Deno.args],
  options: {
    parser: { type: "string", default: "" },
    seed: { type: "string", default: "0" },
    first: { type: "string", default: "0" },
    count: { type: "string", default: "1" },
    milliseconds: { type: "string", default: "1000000000" },
  },
});

const parser = fuzzParsers.find(({ name }) => name === values.parser);
if (parser === undefined) throw new Error(`there is no parser "${values.parser}"`);

/** Written at once: what a crash leaves is the mutation that caused it. */
function tell(line: unknown): void {
  let rest: Uint8Array = new TextEncoder().encode(JSON.stringify(line) + "\n");
  while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

const report = await fuzzParser(parser, {
  seed: Number(values.seed),
  first: Number(values.first),
  count: Number(values.count),
  milliseconds: Number(values.milliseconds),
  onMutation: (index) => tell({ index }),
});
tell({ report });
