/**
 * The lock of a run folder: one process writes to it at a time.
 *
 * The operating system holds the lock for an open file, so it is gone with the process that took
 * it, however that ended; the file's text only tells people who holds it.
 *
 * @module
 */

import { join } from "node:path";
import { DataError, TryAgainError } from "../errors.ts";
import { describeHolderText, holderText } from "./lock_holder.ts";

/** Name of the lock's file in a run folder. */
export const lockFileName = "lock.json";

/** A held lock; `using` or {@linkcode release} gives it back. */
export interface FolderLock {
  /** Gives the lock back. Safe to call twice. */
  release(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * Locks a folder, making it where there is none.
 *
 * @param options.waitSeconds How long to wait for the holder to end; default 3: a command that was
 *   killed needs up to two seconds to stop writing.
 * @throws {TryAgainError} while another process holds it.
 * @throws {DataError} where the folder cannot be written.
 */
export async function lockFolder(
  folder: string,
  options: { waitSeconds?: number } = {},
): Promise<FolderLock> {
  const path = join(folder, lockFileName);
  const file = await (async () => {
    try {
      await Deno.mkdir(folder, { recursive: true });
      return await Deno.open(path, { read: true, write: true, create: true });
    } catch (error) {
      throw new DataError(`Cannot write ${path}: ${(error as Error).message}`, { cause: error });
    }
  })();
  const deadline = performance.now() + 1000 * (options.waitSeconds ?? 3);
  while (!(await file.tryLock(true))) {
    if (performance.now() >= deadline) {
      file.close();
      const holder = describeHolderText(await Deno.readTextFile(path).catch(() => ""));
      throw new TryAgainError(
        `The run folder ${folder} is in use by ${holder}. Wait for it to end, or use another --out`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  try {
    await file.truncate(0);
    await file.seek(0, Deno.SeekMode.Start);
    await file.write(new TextEncoder().encode(holderText()));
  } catch (error) {
    file.close();
    throw new DataError(`Cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    // Not removed: a waiting process may have it open already and would lock a file without a name.
    file.truncateSync(0);
    file.close();
  };
  return { release, [Symbol.dispose]: release };
}
