/**
 * The code that makes numbers, as a hash: a night trains and measures again where it has changed.
 *
 * @module
 */

import { join } from "node:path";
import { projectFolder, readTextIfPresent, sha256 } from "../core/files.ts";

/** Rooms whose code makes numbers. */
const rooms = ["core", "students", "teachers", "tasks", "pipeline", "data"];

async function collect(folder: string, prefix: string, lines: string[]): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
  for (const { name, isDirectory, isFile } of entries) {
    const path = `${prefix}/${name}`;
    if (isDirectory) {
      if (name !== "testdata") await collect(join(folder, name), path, lines);
    } else if (isFile && /\.(tsx?|json|safetensors)$/.test(name) && !/_test\.tsx?$/.test(name)) {
      lines.push(`${path} ${sha256(await Deno.readFile(join(folder, name)))}`);
    }
  }
}

/**
 * Hash of all code that makes numbers, with the versions of packages; tests, commands, reports and
 * texts are not in it. The keys of the store do not know the code, so a night keeps a store for each
 * such hash.
 *
 * @param folder Of the project.
 */
export async function codeFingerprint(folder: string = projectFolder): Promise<string> {
  const lines: string[] = [];
  for (const room of rooms) await collect(join(folder, room), room, lines);
  const lock = await readTextIfPresent(join(folder, "deno.lock")) ?? "";
  return sha256([...lines.sort(), sha256(lock)].join("\n"));
}
