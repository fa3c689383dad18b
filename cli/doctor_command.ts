/**
 * `doctor`: what this machine is, and whether everything that a run needs loads.
 *
 * @module
 */

import { join } from "node:path";
import { exitCodes } from "../core/errors.ts";
import { environmentVariables, readVariable } from "../core/environment_variables.ts";
import { cacheFolder, systemReason, writeFileAtomic } from "../core/files.ts";
import { readEnvironment } from "../core/results/environment.ts";
import { printJson, printLine } from "../core/output.ts";
import { denoCommand } from "../core/task_command.ts";
import type { Program } from "./program.ts";

/** One thing that was tried. */
interface Check {
  readonly name: string;
  /** What was found; throws where it does not work. */
  readonly run: () => Promise<string>;
  /** What to do where it does not work. */
  readonly advice: string;
}

const installAdvice = `run \`${denoCommand()} install\` in the project's folder`;

const checks: readonly Check[] = [
  {
    name: "ONNX Runtime",
    advice: installAdvice,
    run: async () => (await import("../core/engine/session.ts")).runtimeVersion,
  },
  {
    name: "image decoder (sharp)",
    advice: installAdvice,
    run: async () => {
      const { default: sharp } = await import("sharp");
      const icon =
        '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><circle r="8"/></svg>';
      const { info } = await sharp(new TextEncoder().encode(icon)).raw().toBuffer({
        resolveWithObject: true,
      });
      if (info.width !== 8) throw new Error("an icon was drawn at the wrong size");
      return `${sharp.versions.sharp}, libvips ${sharp.versions.vips}`;
    },
  },
  {
    name: "charts (canvas)",
    advice: installAdvice,
    run: async () => {
      const { createCanvas } = await import("@napi-rs/canvas");
      const bytes = createCanvas(8, 8).toBuffer("image/png").length;
      return `draws (${bytes} bytes)`;
    },
  },
  {
    name: "embedded data",
    advice: installAdvice,
    run: async () => {
      const { datasetNames, getDataset } = await import("../core/data/registry.ts");
      const names = datasetNames();
      const samples = await (await getDataset(names[0]!)).samples("val");
      return `${names.length} data sets; ${names[0]} has ${samples.length} val images`;
    },
  },
  {
    name: "cache",
    advice: "set LGD_BENCH_CACHE to a folder that can be written",
    run: async () => {
      const path = join(cacheFolder(), "doctor.txt");
      await writeFileAtomic(path, "ok\n");
      await Deno.remove(path);
      return `${cacheFolder()} can be written`;
    },
  },
];

/** Value of a variable; null where it is not set. The search path is long and private. */
function shownValue(name: string): string | null {
  const value = readVariable(name) ?? null;
  return value !== null && name === "PATH" ? "(set)" : value;
}

/** Environment variables and their values; those that users set even where they are not set. */
function listVariables(): { name: string; meaning: string; value: string | null }[] {
  return environmentVariables
    .map(({ forUsers, ...variable }) => ({
      forUsers,
      ...variable,
      value: shownValue(variable.name),
    }))
    .filter(({ forUsers, value }) => forUsers || value !== null)
    .map(({ forUsers: _, ...variable }) => variable);
}

function printVariables(): void {
  const listed = listVariables();
  const width = Math.max(...listed.map(({ name }) => name.length));
  for (const { name, meaning, value } of listed) {
    printLine(`${name.padEnd(width)}  ${value ?? "(not set)"}  ${meaning}`);
  }
}

/** Adds the command. */
export function addDoctorCommand(program: Program): void {
  program.command("doctor")
    .description("show this machine and check that everything a run needs works")
    .option("--json", "print as JSON")
    .action(async (flags) => {
      const environment = await readEnvironment();
      const found = [];
      for (const { name, run, advice } of checks) {
        try {
          found.push({ name, works: true, detail: await run() });
        } catch (error) {
          const reason = systemReason(error);
          found.push({ name, works: false, detail: `${reason}. Next: ${advice}` });
        }
      }
      if (found.some(({ works }) => !works)) Deno.exitCode = exitCodes.failed;
      if (flags.json) {
        return printJson({ environment, variables: listVariables(), checks: found });
      }
      const width = Math.max(...Object.keys(environment).map((key) => key.length));
      for (const [key, value] of Object.entries(environment)) {
        printLine(`${key.padEnd(width)}  ${value ?? "unknown"}`);
      }
      printLine();
      printVariables();
      printLine();
      for (const { name, works, detail } of found) {
        printLine(`${works ? "ok  " : "FAIL"} ${name}: ${detail}`);
      }
    });
}
