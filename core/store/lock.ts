/**
 * The lock of a run folder: one process writes to it at a time.
 *
 * The operating system holds the lock for an open file, so it is gone with the process that took
 * it, however that ended; the file's text only tells people who holds it.
 *
 * @module
 */

import { join } from "node:path";
import { TryAgainError } from "../errors.ts";
import { hasPath } from "../file_lock.ts";
import { explainWriteError } from "../files.ts";
import { openLockFile } from "./claim.ts";
import { describeHolderText, holderText } from "./lock_holder.ts";

/** Name of the lock's file in a run folder. */
export const lockFileName = "lock.json";

/** A held lock; `using` or {@linkcode release} gives it back. */
export interface FolderLock {
  /** Whether the lock's file is still there by its name: without it another process gets the lock too. */
  isThere(): boolean;
  /** Gives the lock back. Safe to call twice. */
  release(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/** Opens the lock's file and waits for the lock. */
async function openLocked(
  folder: string,
  waitSeconds: number,
  option: string,
): Promise<Deno.FsFile> {
  const path = join(folder, lockFileName);
  const deadline = performance.now() + 1000 * waitSeconds;
  for (;;) {
    const file = await openLockFile(path);
    try {
      if (await file.tryLock(true)) {
        if (hasPath(file, path)) return file;
        // Removed by hand meanwhile: the next one is tried.
      } else if (performance.now() >= deadline) {
        const holder = describeHolderText(await Deno.readTextFile(path).catch(() => ""));
        throw new TryAgainError(
          `The folder ${folder} is in use by ${holder}. Wait for it to end, or use another ${option}`,
        );
      } else await new Promise((resolve) => setTimeout(resolve, 100));
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
}

/** Says who has the lock. It is for people only: on a full disk the lock is still one. */
function writeHolder(file: Deno.FsFile): void {
  try {
    file.truncateSync(0);
    file.writeSync(new TextEncoder().encode(holderText()));
  } catch {
    // A full disk.
  }
}

/**
 * Locks a folder, making it where there is none.
 *
 * @param options.waitSeconds How long to wait for the holder to end; default 3: a command that was
 *   killed needs up to two seconds to stop writing.
 * @param options.option Option of the command that chooses the folder, for messages; default `--out`.
 * @throws {TryAgainError} while another process holds it.
 * @throws {WriteError} where the folder cannot be written.
 */
export async function lockFolder(
  folder: string,
  options: { waitSeconds?: number; option?: string } = {},
): Promise<FolderLock> {
  const path = join(folder, lockFileName);
  const { waitSeconds = 3, option = "--out" } = options;
  const file = await openLocked(folder, waitSeconds, option).catch((error) => {
    throw explainWriteError(path, error);
  });
  writeHolder(file);
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    try {
      // Not removed: a waiting process may have it open already and would lock a file without a name.
      file.truncateSync(0);
    } catch {
      // The text stays; nobody holds the lock.
    }
    file.close();
  };
  return { isThere: () => hasPath(file, path), release, [Symbol.dispose]: release };
}
