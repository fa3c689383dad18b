/**
 * What killed processes leave in a store or beside files that they were writing: temporary folders and
 * files, files of locks that nobody holds, work folders of entries that are finished.
 *
 * Whoever writes has a lock, which a killed process has not: what is not locked goes at once. Only where
 * a file system knows no locks is it left until it is an hour old.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { lockPath } from "../file_lock.ts";
import { tryClaim } from "./claim.ts";
import { listEnding, tryLockHolds } from "./holds.ts";
import { claimPath, entryFolder, parseEntryName, storeFolders } from "./layout.ts";

/** Age from which something is taken for a leftover where locks do not tell: no write takes as long. */
export const leftoverMilliseconds = 3_600_000;

/** Names of the files that {@linkcode writeFileAtomic} was writing. */
const temporaryFile = /\.[0-9a-f]{8}\.tmp$/;

async function listFolder(folder: string): Promise<Deno.DirEntry[]> {
  return await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
}

async function isOld(path: string): Promise<boolean> {
  const info = await Deno.lstat(path).catch(() => undefined);
  return info?.mtime != null && Date.now() - info.mtime.getTime() >= leftoverMilliseconds;
}

/** Whether nobody is writing something. */
async function isLeftover(path: string): Promise<boolean> {
  const lock = await lockPath(path);
  if (lock.state === "free") lock.file.close();
  return lock.state === "free" || (lock.state === "unknown" && await isOld(path));
}

/** Removes something that nobody is writing; whether it was removed. */
async function removeLeftover(path: string): Promise<boolean> {
  const lock = await lockPath(path);
  if (lock.state !== "free" && !(lock.state === "unknown" && await isOld(path))) return false;
  // Still locked while it goes, so that two that sweep do not meet.
  const isRemoved = await Deno.remove(path, { recursive: true }).then(() => true, () => false);
  if (lock.state === "free") lock.file.close();
  return isRemoved;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Everything temporary in a store, being written or not. */
async function listTemporary(store: string): Promise<string[]> {
  const temporary = join(store, storeFolders.temporary);
  const paths = (await listFolder(temporary)).map(({ name }) => join(temporary, name));
  for (const { name, isFile } of await listFolder(store)) {
    if (isFile && temporaryFile.test(name)) paths.push(join(store, name));
  }
  return paths;
}

/** Paths of temporary folders and files of a store that no process is writing. */
export async function findLeftovers(store: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of await listTemporary(store)) if (await isLeftover(path)) found.push(path);
  return found;
}

/** Removes the files of locks that nobody holds. */
async function sweepLocks(store: string): Promise<void> {
  const locks = join(store, storeFolders.locks);
  for (const { name } of await listFolder(locks)) {
    const path = join(locks, name);
    if (!(await isLeftover(path))) continue;
    // A list is there for a moment before it is locked, under the lock of all lists.
    const isList = name.endsWith(listEnding);
    using lists = isList ? await tryLockHolds(store).catch(() => undefined) : undefined;
    if (isList && lists === undefined) continue;
    // Giving the lock back removes its file.
    (await tryClaim(path, { isSweep: true }).catch(() => undefined))?.release();
  }
}

/** Removes work folders of entries that are there: their process was killed before it came to that. */
async function sweepWork(store: string): Promise<string[]> {
  const removed: string[] = [];
  const work = join(store, storeFolders.work);
  for (const { name } of await listFolder(work)) {
    const entry = parseEntryName(name);
    if (entry === undefined) continue;
    const folder = entryFolder(store, entry.kind, entry.key);
    if (!(await exists(folder))) continue;
    using claim = await tryClaim(claimPath(store, entry.kind, entry.key)).catch(() => undefined);
    // Found damaged meanwhile, it is made again.
    if (claim === undefined || !(await exists(folder))) continue;
    const path = join(work, name);
    await Deno.remove(path, { recursive: true }).then(() => removed.push(path), () => {});
  }
  return removed;
}

/**
 * Removes leftovers; what cannot be removed stays.
 *
 * @returns The paths that were removed, without those of locks.
 */
export async function sweepLeftovers(store: string): Promise<string[]> {
  const removed: string[] = [];
  for (const path of await listTemporary(store)) {
    if (await removeLeftover(path)) removed.push(path);
  }
  removed.push(...await sweepWork(store));
  await sweepLocks(store);
  return removed;
}

/**
 * Removes half-written files below a folder that is not a store, e.g. the cache, where no process is
 * writing them.
 *
 * @returns How many were removed.
 */
export async function sweepTemporaryFiles(folder: string): Promise<number> {
  let count = 0;
  for (const { name, isFile, isDirectory } of await listFolder(folder)) {
    const path = join(folder, name);
    if (isDirectory) count += await sweepTemporaryFiles(path);
    if (isFile && temporaryFile.test(name) && await removeLeftover(path)) count++;
  }
  return count;
}

/**
 * Removes what killed processes left of some files that they were writing in a folder that may hold
 * anything else.
 *
 * @param paths The files by their final names.
 */
export async function sweepTemporaryFilesOf(paths: readonly string[]): Promise<void> {
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const names = paths.filter((path) => dirname(path) === folder).map((path) => basename(path));
    for (const { name, isFile } of await listFolder(folder)) {
      if (!isFile || !temporaryFile.test(name)) continue;
      if (names.includes(name.replace(temporaryFile, ""))) await removeLeftover(join(folder, name));
    }
  }
}
