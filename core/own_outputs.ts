/**
 * Keeps commands from writing over what they read: a user's pictures, a student.
 *
 * @module
 */

import { join } from "node:path";
import { ConfigError } from "./errors.ts";

/** Files that only the folder of a run has. */
const runFiles = ["lock.json", "journal.jsonl"];

async function statIfPresent(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch {
    // What cannot be looked at is explained by whoever reads or writes it.
    return undefined;
  }
}

/** What all names of one file have in common, links of both kinds included. */
async function identity(path: string): Promise<string | undefined> {
  const info = await statIfPresent(path);
  if (info === undefined) return undefined;
  // Some file systems of Windows number no files; others have longer numbers than fit, hence the rest.
  if (info.ino !== null && info.ino !== 0) {
    return [info.dev, info.ino, info.size, info.mtime?.getTime()].join(" ");
  }
  return await Deno.realPath(path);
}

/**
 * Checks that no output is an input, by whatever path or link, before anything is written.
 *
 * @throws {ConfigError} naming both.
 */
export async function assertNoInputIsOverwritten(
  { inputs, outputs }: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
): Promise<void> {
  const known = new Map<string, string>();
  for (const input of inputs) {
    const id = await identity(input);
    if (id !== undefined && !known.has(id)) known.set(id, input);
  }
  for (const output of outputs) {
    const input = known.get(await identity(output) ?? "");
    if (input === undefined) continue;
    const link = input === output ? "" : `, which is ${input},`;
    throw new ConfigError(
      `Cannot write ${output}: that${link} is read by this command and would be lost. Use another --out`,
    );
  }
}

/**
 * Checks that a folder is not that of a run, among whose files others would be taken for its own.
 *
 * @throws {ConfigError} where it holds a run.
 */
export async function assertHoldsNoRun(folder: string): Promise<void> {
  for (const name of runFiles) {
    if (await statIfPresent(join(folder, name)) === undefined) continue;
    throw new ConfigError(
      `Cannot write into ${folder}: it holds a run (${name}). Use another --out, e.g. a folder in it`,
    );
  }
}
