/**
 * Locks on files, held by the operating system for an open file: a lock is gone with the process
 * that took it, however that ended, and two of one process exclude each other as well.
 *
 * @module
 */

import { dirname } from "node:path";
import { TryAgainError, WriteError } from "../errors.ts";
import { hasPath, lockPath } from "../file_lock.ts";
import { explainWriteError } from "../files.ts";
import { describeHolderText, holderText } from "./lock_holder.ts";

/** A lock that is held; `using` or {@linkcode release} gives it back. */
export interface Claim {
  /** Gives it back. Safe to call twice. */
  release(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * Opens a lock's file.
 *
 * @throws {WriteError} where something else has its name: a link would empty the file behind it.
 */
export async function openLockFile(path: string): Promise<Deno.FsFile> {
  const info = await Deno.lstat(path).catch(() => undefined);
  if (info !== undefined && !info.isFile) {
    const what = info.isSymlink ? "a link" : info.isDirectory ? "a folder" : "no regular file";
    throw new WriteError(
      `Cannot write ${path}: it is ${what}, expected the file of a lock. Remove it`,
    );
  }
  const options = { read: true, write: true, create: true };
  try {
    return await Deno.open(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.open(path, options);
  }
}

/** Options of {@linkcode tryClaim}. */
interface ClaimOptions {
  /** Whether others may hold it too, if theirs is shared. @default {false} */
  readonly shared?: boolean;
  /** Whether it is taken only to remove its file. @default {false} */
  readonly isSweep?: boolean;
}

/** How often a lock without a text is tried again: whoever sweeps has it, for a moment. */
const mostTurns = 10;

/**
 * Locks a file, making it where there is none; the file goes with the lock.
 *
 * @returns Undefined while someone else holds it.
 * @throws {WriteError} where the file cannot be written, or the file system knows no locks.
 */
export async function tryClaim(
  path: string,
  { shared = false, isSweep = false }: ClaimOptions = {},
): Promise<Claim | undefined> {
  for (let turn = 0;;) {
    let file: Deno.FsFile | undefined;
    try {
      file = await openLockFile(path);
      const locked = await file.tryLock(!shared);
      if (locked && hasPath(file, path)) {
        // The text is for people only: without it the lock is still one.
        if (!shared) file.truncateSync(0);
        if (!shared && !isSweep) writeText(file, holderText());
        return held(file, path, shared);
      }
      const isSilent = file.statSync().size === 0;
      file.close();
      if (!locked) {
        if (isSweep || !isSilent || ++turn > mostTurns) return undefined;
        await sleep(5);
      }
      // Its last holder removed the file between the opening and the lock: the next one is tried.
    } catch (error) {
      try {
        file?.close();
      } catch {
        // It is closed already.
      }
      throw explainWriteError(path, error, "choose a folder on a local disk with --store");
    }
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function writeText(file: Deno.FsFile, text: string): void {
  try {
    file.writeSync(new TextEncoder().encode(text));
  } catch {
    // A full disk.
  }
}

function held(file: Deno.FsFile, path: string, shared: boolean): Claim {
  let isHeld = true;
  const release = () => {
    if (!isHeld) return;
    isHeld = false;
    try {
      if (shared) file.unlockSync();
      // Only under the lock, and only the own file: nobody else's lock must lose its name.
      if ((!shared || file.tryLockSync(true)) && hasPath(file, path)) Deno.removeSync(path);
    } catch {
      // A file that stays is swept later.
    }
    file.close();
  };
  return { release, [Symbol.dispose]: release };
}

/** Seconds after which a lock that is held for a moment only is told of. */
export const patienceSeconds = 30;

/**
 * Takes a lock as soon as it is free; for locks that are held for a moment.
 *
 * @param options.waitSeconds How long it may take.
 * @throws {TryAgainError} where it takes longer: a process that was stopped keeps its locks.
 * @throws {WriteError} where the file cannot be written.
 */
export async function waitForClaim(
  path: string,
  options: { shared?: boolean; waitSeconds?: number } = {},
): Promise<Claim> {
  const { shared = false, waitSeconds = patienceSeconds } = options;
  const deadline = performance.now() + 1000 * waitSeconds;
  for (;;) {
    const claim = await tryClaim(path, { shared });
    if (claim !== undefined) return claim;
    if (performance.now() >= deadline) {
      const holder = describeHolderText(await Deno.readTextFile(path).catch(() => ""));
      throw new TryAgainError(
        `${path} is locked by ${holder}, longer than the ${waitSeconds} s that any command needs it. ` +
          "Is that process stopped? Let it go on, or end it",
      );
    }
    await sleep(20);
  }
}

/** Whether someone holds a lock. Writes nothing. */
export async function isClaimed(path: string): Promise<boolean> {
  const lock = await lockPath(path);
  if (lock.state === "free") lock.file.close();
  return lock.state === "held";
}
