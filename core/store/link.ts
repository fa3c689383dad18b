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
  const temporary = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await Deno.mkdir(dirname(target), { recursive: true });
    const how = await Deno.link(file.path, temporary).then(
      () => "link" as const,
      async () => {
        await Deno.copyFile(file.path, temporary);
        // A copy is its folder's own.
        if (Deno.build.os !== "windows") await Deno.chmod(temporary, 0o644);
        return "copy" as const;
      },
    );
    await Deno.rename(temporary, target);
    // Renaming one link of a file to another of the same file does nothing.
    await Deno.remove(temporary).catch(() => {});
    return how;
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    const isThere = await Deno.lstat(file.path).then(() => true, () => false);
    if (!isThere) {
      throw new DataError(`${file.path} was removed since it was found. Run the command again`, {
        cause: error,
      });
    }
    throw explainWriteError(target, error);
  }
}
