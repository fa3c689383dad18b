/**
 * Changes files of every kind that is read here, at random from a seed, and looks what the parsers
 * make of them:
 *
 *     deno task fuzz --minutes 20 --seed 1
 *     deno task fuzz --minutes 2 --parser 'image/*'
 *     deno task fuzz --parser student --seed 1 --only 4711
 *
 * Each change must end with an error that explains it, or with the content of the original. Formats
 * without a checksum may give another content, which is counted. Anything else is a failure, printed
 * with what repeats it: an untyped error, a crash, more than 5 s, more than 1 GiB, a content that
 * changed although there is a checksum. What ends the process is one, too, but for ONNX graphs of other
 * people: ONNX Runtime ends on some whose shapes are nonsense, which nobody can tell before.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { fuzzIsolated } from "./fuzz/isolated.ts";
import { chooseParsers } from "./fuzz/parsers.ts";
import { positiveOption, readOptions, wholeNumberOption } from "./script_options.ts";
import type { FuzzFailure, FuzzReport } from "./fuzz/run.ts";

const options = readOptions(() => {
  const { values } = parseArgs({
    args: [...Deno.args],
    options: {
      minutes: { type: "string", default: "2" },
      seed: { type: "string", default: "0" },
      parser: { type: "string", default: "*" },
      only: { type: "string" },
    },
  });
  return {
    minutes: positiveOption("--minutes", values.minutes),
    seed: wholeNumberOption("--seed", values.seed, 0),
    parser: values.parser,
    only: values.only === undefined ? undefined : wholeNumberOption("--only", values.only, 0),
  };
});

const columns = ["tried", "refused", "same", "other", "ended", "failed"] as const;

function printLine(name: string, cells: readonly (string | number)[]): void {
  console.log(name.padEnd(22) + cells.map((cell) => `${cell}`.padStart(9)).join(""));
}

function printFailure({ parser, seed, index, file, kind, reason }: FuzzFailure): void {
  console.log(`\nFAILED ${parser}, ${file} (${kind}): ${reason}`);
  console.log(`  again: deno task fuzz --parser '${parser}' --seed ${seed} --only ${index}`);
}

const parsers = chooseParsers(options.parser);
if (parsers.length === 0) {
  console.error(`There is no parser "${options.parser}"`);
  Deno.exit(2);
}
const { seed } = options;
const milliseconds = options.minutes * 60_000 / parsers.length;
const total = { tried: 0, refused: 0, same: 0, other: 0, ended: 0, failed: 0 };
const failures: FuzzFailure[] = [];
printLine("parser", [...columns, "checked", "seconds"]);
for (const { name, isChecked, mayEndProcess = false } of parsers) {
  const report: FuzzReport = await fuzzIsolated({
    parser: name,
    seed,
    first: options.only ?? 0,
    count: options.only === undefined ? 1e9 : 1,
    milliseconds,
    mayEndProcess,
  });
  const { counts, seconds } = report;
  for (const column of columns) total[column] += counts[column];
  failures.push(...report.failures);
  printLine(name, [
    ...columns.map((column) => counts[column]),
    isChecked ? "yes" : "no",
    seconds.toFixed(1),
  ]);
}
printLine("total", columns.map((column) => total[column]));
for (const failure of failures.slice(0, 50)) printFailure(failure);
if (failures.length > 50) console.log(`\nand ${failures.length - 50} more`);
if (failures.length > 0) Deno.exit(1);
