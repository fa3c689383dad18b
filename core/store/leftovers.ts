/**
 * What killed processes leave in a store: temporary folders and files, files of locks that nobody
 * holds.
 *
 * @module
 */

import { join } from "node:path";
import { isClaimed, tryClaim } from "./claim.ts";
import { lockFolderItself } from "./entry_writer.ts";
import { storeFolders } from "./layout.ts";

/** Age from which a leftover is taken for one: no write takes as long. */
export const leftoverMilliseconds = 3_600_000;

/** Names of the files that {@linkcode writeFileAtomic} was writing. */
const temporaryFile = /\.[0-9a-f]{8}\.tmp$/;

async function listFolder(folder: string): Promise<Deno.DirEntry[]> {
  return await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
}

async function isOlder(path: string, milliseconds: number): Promise<boolean> {
  const info = await Deno.lstat(path).catch(() => undefined);
  return info?.mtime != null && Date.now() - info.mtime.getTime() >= milliseconds;
}

/** Paths of temporary folders and files of a store that are old and that no process has open. */
export async function findLeftovers(
  store: string,
  olderThanMilliseconds: number = leftoverMilliseconds,
): Promise<string[]> {
  const temporary = join(store, storeFolders.temporary);
  const candidates = (await listFolder(temporary)).map(({ name }) => join(temporary, name));
  for (const { name, isFile } of await listFolder(store)) {
    if (isFile && temporaryFile.test(name)) candidates.push(join(store, name));
  }
  const found: string[] = [];
  for (const path of candidates) {
    if (await isOlder(path, olderThanMilliseconds) && !(await isClaimed(path))) found.push(path);
  }
  return found;
}

/**
 * Removes leftovers; what cannot be removed stays.
 *
 * @returns The paths that were removed.
 */
export async function sweepLeftovers(
  store: string,
  olderThanMilliseconds: number = leftoverMilliseconds,
): Promise<string[]> {
  const removed: string[] = [];
  for (const path of await findLeftovers(store, olderThanMilliseconds)) {
    // Still locked while it goes, so that two that sweep do not meet.
    const lock = await lockFolderItself(path);
    await Deno.remove(path, { recursive: true }).then(() => removed.push(path), () => {});
    lock?.close();
  }
  const locks = join(store, storeFolders.locks);
  for (const { name } of await listFolder(locks)) {
    const path = join(locks, name);
    if (!(await isOlder(path, olderThanMilliseconds))) continue;
    // Giving the lock back removes its file.
    (await tryClaim(path).catch(() => undefined))?.release();
  }
  return removed;
}

/**
 * Removes half-written files below a folder that is not a store, e.g. the cache, when they are
 * older than an hour and no process is writing them.
 *
 * @returns How many were removed.
 */
export async function sweepTemporaryFiles(
  folder: string,
  olderThanMilliseconds: number = leftoverMilliseconds,
): Promise<number> {
  let count = 0;
  for (const { name, isFile, isDirectory } of await listFolder(folder)) {
    const path = join(folder, name);
    if (isDirectory) count += await sweepTemporaryFiles(path, olderThanMilliseconds);
    if (!isFile || !temporaryFile.test(name)) continue;
    if (!(await isOlder(path, olderThanMilliseconds)) || await isClaimed(path)) continue;
    await Deno.remove(path).then(() => count++, () => {});
  }
  return count;
}
