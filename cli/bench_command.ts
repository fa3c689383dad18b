/**
 * `bench`: speed benchmarks, with peers side by side where they are installed.
 *
 * @module
 */

import { InvalidArgumentError } from "@commander-js/extra-typings";
import { join } from "node:path";
import type { BenchOptions } from "../benchmarks/speed/measure_case.ts";
import { exitCodes } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { defaultBenchFolder, defaultPython } from "../core/recipe/default_folder.ts";
import { userPathOr, userProgram } from "../core/paths.ts";
import { printBlock, printJson, tell, terminalWidth } from "../core/output.ts";
import { interruptSignal } from "./process.ts";
import type { Program } from "./program.ts";
import { mostThreads, parseCountFrom } from "./shared_options.ts";

const help = `
Every measurement is a process of its own; our side and the peer run in turns. Peers are skipped
where they are not installed: PyTorch and torchvision (pip, in the interpreter of --python) and
TensorFlow.js. The numbers mean nothing while other work is on the machine.
Examples:
  deno task bench --threads 2 --runs 3
  deno task bench --cases 'resnet18-*' --python ~/venv/bin/python
  deno task bench --profile resnet18-224
  deno task bench --profile fcn-192 --layout nchw
  deno task bench --long 2000`;

/** Numbers of threads: `1` or `1,2`. */
function parseThreads(text: string): number[] {
  const counts = text.split(",").map((part) => Number(part));
  const isCount = (count: number) => Number.isInteger(count) && count >= 1 && count <= mostThreads;
  if (counts.every(isCount)) return [...new Set(counts)];
  throw new InvalidArgumentError(`expected whole numbers from 1 to ${mostThreads}, such as "1,2"`);
}

function parseLayout(text: string): BenchOptions["layout"] {
  if (text === "auto" || text === "chwn" || text === "nchw") return text;
  throw new InvalidArgumentError("expected auto, chwn or nchw");
}

/** Memory can be judged from so many steps on: what is taken at the start is left out. */
const parseSteps = parseCountFrom(100);

const defaultOut = `${defaultBenchFolder({})}, or beside it for --profile and --long`;

/** Adds the command. */
export function addBenchCommand(program: Program): void {
  program.command("bench")
    .description("measure speed and memory, with peers side by side where they are installed")
    .option("--cases <glob>", "only the cases whose name fits", "*")
    .option("--threads <counts>", "threads, each measured by itself", parseThreads, [1, 2])
    .option("--runs <count>", "processes of each side", parseCountFrom(1), 3)
    .option("--layout <name>", "auto (the faster), chwn or nchw", parseLayout, "auto" as const)
    .option("--python <path>", "interpreter that has PyTorch and torchvision", defaultPython)
    .option("--profile <case>", "print where the time of one training step goes, instead")
    .option("--long <steps>", "watch memory over so many training steps, instead", parseSteps)
    .option("--out <folder>", `folder of bench.json and report.html (default: ${defaultOut})`)
    .option("--json", "print the result as JSON")
    .addHelpText("after", help)
    .action(async (flags, command) => {
      const instead = ["profile", "long"].filter((name) => command.getOptionValue(name));
      if (instead.length > 1) command.error("error: --profile and --long exclude each other");
      if (instead.length > 0 && command.getOptionValueSource("cases") === "cli") {
        command.error(`error: --cases says nothing to --${instead[0]}`);
      }
      const [{ runBench }, { formatSpeedFile }, { renderSpeedTable }, { renderSpeedReport }] =
        await Promise.all([
          import("../benchmarks/speed/bench.ts"),
          import("../core/results/speed_result.ts"),
          import("../reports/speed_table.ts"),
          import("../reports/speed_report.ts"),
        ]);
      const folder = userPathOr(flags.out, defaultBenchFolder(flags));
      const { signal, dispose } = interruptSignal();
      const result = await runBench({
        cases: flags.cases,
        threads: flags.threads,
        runs: flags.runs,
        layout: flags.layout,
        python: userProgram(flags.python),
        folder,
        ...(flags.profile === undefined ? {} : { profile: flags.profile }),
        ...(flags.long === undefined ? {} : { longSteps: flags.long }),
        onProgress: tell,
        signal,
      }).finally(dispose);
      const report = join(folder, "report.html");
      await writeFileAtomic(report, await renderSpeedReport(result));
      if (flags.json) printJson(JSON.parse(formatSpeedFile(result)));
      else {
        printBlock(`\n${renderSpeedTable(result, { width: Math.min(160, terminalWidth()) })}`);
        tell(`Report: ${report}`);
      }
      const failed = result.cases.some(({ status }) => status === "failed") ||
        result.longRun?.flat === false;
      if (failed) Deno.exitCode = exitCodes.failed;
    });
}
