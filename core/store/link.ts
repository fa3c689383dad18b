/**
 * Puts a file of an entry into a run folder: as a hard link, which costs no space and keeps the
 * entry from being pruned, or as a copy where links cannot be.
 *
 * @module
 */

import { dirname } from "node:path";
import { DataError } from "../errors.ts";
import { explainWriteError } from "../files.ts";
import type { StoreEntry } from "./store_entry.ts";

/**
 * Links a file of an entry to a path; what is there already is replaced, whole or not at all.
 *
 * @param name Name of the file in the entry.
 * @param target Path of the link. The file behind it must never be written to, only replaced.
 * @returns Whether it became a link or a copy.
 * @throws {DataError} where the entry has no such file, or was removed since it was found.
 * @throws {WriteError} where the target cannot be written.
 */
export async function link(
  entry: StoreEntry,
  name: string,
  target: string,
): Promise<"link" | "copy"> {
  const file = Object.hasOwn(entry.files, name) ? entry.files[name] : undefined;
  if (file === undefined) {
    const names = Object.keys(entry.files).join(", ");
    throw new DataError(`${entry.folder}: expected a file "${name}", got ${names || "none"}`);
  }
  try {
    for (let turn = 1;; turn++) {
      try {
        return await linkOnce(file.path, target);
      } catch (error) {
        // Somebody who sweeps may have taken it for a leftover.
        if (!(error instanceof Deno.errors.NotFound) || turn === mostTurns) throw error;
      }
    }
  } catch (error) {
    const isThere = await Deno.lstat(file.path).then(() => true, () => false);
    if (!isThere) {
      throw new DataError(`${file.path} was removed since it was found. Run the command again`, {
        cause: error,
      });
    }
    throw explainWriteError(target, error);
  }
}

/** How often a link is tried. */
const mostTurns = 3;

async function linkOnce(path: string, target: string): Promise<"link" | "copy"> {
  const temporary = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await Deno.mkdir(dirname(target), { recursive: true });
    const how = await Deno.link(path, temporary).then(
      () => "link" as const,
      async () => {
        await Deno.copyFile(path, temporary);
        // A copy is its folder's own.
        if (Deno.build.os !== "windows") await Deno.chmod(temporary, 0o644);
        return "copy" as const;
      },
    );
    await Deno.rename(temporary, target);
    return how;
  } finally {
    // Renaming one link of a file to another of the same file does nothing.
    await Deno.remove(temporary).catch(() => {});
  }
}
