/**
 * The code that makes numbers, as a hash: a night trains and measures again where it has changed.
 *
 * @module
 */

import { join } from "node:path";
import { projectFolder, readTextIfPresent, sha256 } from "../core/files.ts";

/** Rooms whose code makes numbers. */
export const codeRooms = ["core", "students", "teachers", "tasks", "pipeline", "data"] as const;

/** Kinds of files that a program loads: code, WebAssembly kernels, weights, words. */
const loadedFile = /\.(tsx?|wasm|json|ya?ml|txt|bin|safetensors|onnx)$/;

/** Whether a file of a room makes numbers, by its name. */
export function isCodeFile(name: string): boolean {
  return loadedFile.test(name) && !/_test\.tsx?$/.test(name);
}

async function collect(folder: string, prefix: string, lines: string[]): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
  for (const { name, isDirectory, isFile } of entries) {
    const path = `${prefix}/${name}`;
    if (isDirectory) {
      if (name !== "testdata") await collect(join(folder, name), path, lines);
    } else if (isFile && isCodeFile(name)) {
      lines.push(`${path} ${sha256(await Deno.readFile(join(folder, name)))}`);
    }
  }
}

/**
 * Hash of all code that makes numbers, with its kernels, weights and words and the versions of
 * packages; tests, commands, reports and documents are not in it. The keys of the store do not know the
 * code, so a night keeps a store for each such hash.
 *
 * @param folder Of the project.
 */
export async function codeFingerprint(folder: string = projectFolder): Promise<string> {
  const lines: string[] = [];
  for (const room of codeRooms) await collect(join(folder, room), room, lines);
  const lock = await readTextIfPresent(join(folder, "deno.lock")) ?? "";
  return sha256([...lines.sort(), sha256(lock)].join("\n"));
}
