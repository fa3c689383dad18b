/**
 * Locks on files, held by the operating system for an open file: a lock is gone with the process
 * that took it, however that ended, and two of one process exclude each other as well.
 *
 * @module
 */

import { dirname } from "node:path";
import { explainWriteError } from "../files.ts";
import { holderText } from "./lock_holder.ts";

/** A lock that is held; `using` or {@linkcode release} gives it back. */
export interface Claim {
  /** Gives it back. Safe to call twice. */
  release(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/** Whether an open file still goes by its path: its last holder may have removed it. */
function hasPath(file: Deno.FsFile, path: string): boolean {
  try {
    const [open, named] = [file.statSync(), Deno.statSync(path)];
    return open.ino === named.ino && open.dev === named.dev;
  } catch {
    return false;
  }
}

async function openLockFile(path: string): Promise<Deno.FsFile> {
  const options = { read: true, write: true, create: true };
  try {
    return await Deno.open(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.open(path, options);
  }
}

/**
 * Locks a file, making it where there is none; the file goes with the lock.
 *
 * @param options.shared Whether others may hold it too, if theirs is shared; default false.
 * @returns Undefined while someone else holds it.
 * @throws {WriteError} where the file cannot be written, or the file system knows no locks.
 */
export async function tryClaim(
  path: string,
  options: { shared?: boolean } = {},
): Promise<Claim | undefined> {
  const { shared = false } = options;
  for (;;) {
    let file: Deno.FsFile | undefined;
    try {
      file = await openLockFile(path);
      const locked = await file.tryLock(!shared);
      if (locked && hasPath(file, path)) {
        // The text is for people only: without it the lock is still one.
        if (!shared) file.truncateSync(0), writeText(file, holderText());
        return held(file, path, shared);
      }
      file.close();
      if (!locked) return undefined;
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

/** Takes a lock as soon as it is free; for locks that are held for a moment. */
export async function waitForClaim(path: string): Promise<Claim> {
  for (;;) {
    const claim = await tryClaim(path);
    if (claim !== undefined) return claim;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether someone holds a lock. Writes nothing. */
export async function isClaimed(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path, { read: true });
    return !(await file.tryLock(true));
  } catch {
    return false;
  }
}
