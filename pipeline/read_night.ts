/**
 * The night that a run folder holds: of a table, or of the speed cases.
 *
 * @module
 */

import { basename, join } from "node:path";
import { DataError } from "../core/errors.ts";
import { explainReadError, readTextIfPresent } from "../core/files.ts";
import type { NightRecord } from "../core/history/night_record.ts";
import { type NightContext, nightOfBench, nightOfResult } from "../core/history/night_of_result.ts";

/** Names of the files that a night is made of. */
const fileNames = ["result.json", "bench.json"] as const;

/** The file that a path names, or the one in the folder that it names. */
async function findFile(path: string): Promise<string> {
  try {
    if ((await Deno.stat(path)).isFile) return path;
    for (const name of fileNames) {
      const file = join(path, name);
      if (await Deno.stat(file).then(({ isFile }) => isFile, () => false)) return file;
    }
  } catch (error) {
    throw explainReadError(path, error);
  }
  throw new DataError(
    `Cannot make a night of ${path}: expected a folder with a ${fileNames.join(" or a ")}`,
  );
}

/**
 * Reads a run folder, a `result.json` or a `bench.json`.
 *
 * @param context.time When the night began. @default {when the file was written, to the second}
 * @throws {DataError} where there is none, it is damaged or has no numbers.
 */
export async function readNight(
  path: string,
  context: Partial<NightContext> = {},
): Promise<NightRecord> {
  const file = await findFile(path);
  const text = await readTextIfPresent(file) ?? "";
  const written = (await Deno.stat(file)).mtime ?? new Date(0);
  const time = context.time ??
    new Date(Math.floor(written.getTime() / 1000) * 1000).toISOString();
  if (basename(file) === "bench.json") {
    const { parseSpeedFile } = await import("../core/results/speed_result.ts");
    return nightOfBench(parseSpeedFile(text, file), { ...context, time });
  }
  const { parseResult } = await import("../core/results/result_schema.ts");
  return nightOfResult(parseResult(text, file), { ...context, time });
}
