/**
 * Locks of the operating system on open files and folders: a lock is gone with the process that took
 * it, however that ended. They tell what somebody is writing from what a killed process left.
 *
 * @module
 */

/** What came of the attempt to lock something that lies at a path. */
export type PathLock =
  /** Nobody had it; it is locked until the file is closed. */
  | { readonly state: "free"; readonly file: Deno.FsFile }
  /** Somebody has it open and locked. */
  | { readonly state: "held" }
  /** It is not there, or no longer by that name. */
  | { readonly state: "gone" }
  /** It cannot be opened, or its file system knows no locks. */
  | { readonly state: "unknown" };

/**
 * Whether an open file still goes by its path: meanwhile it may have been removed or renamed. One that
 * was opened through a link does not.
 */
export function hasPath(file: Deno.FsFile, path: string): boolean {
  try {
    const [open, named] = [file.statSync(), Deno.lstatSync(path)];
    return open.ino === named.ino && open.dev === named.dev;
  } catch {
    return false;
  }
}

/** Locks a file or folder that is there, if nobody else has it locked. Writes nothing. */
export async function lockPath(path: string): Promise<PathLock> {
  let file: Deno.FsFile | undefined;
  try {
    // A pipe would be waited for, and a link leads elsewhere.
    const info = await Deno.lstat(path);
    if (!info.isFile && !info.isDirectory) return { state: "unknown" };
    file = await Deno.open(path, { read: true });
    const isLocked = await file.tryLock(true);
    if (isLocked && hasPath(file, path)) return { state: "free", file };
    file.close();
    return { state: isLocked ? "gone" : "held" };
  } catch (error) {
    try {
      file?.close();
    } catch {
      // It is closed already.
    }
    return { state: error instanceof Deno.errors.NotFound ? "gone" : "unknown" };
  }
}

/**
 * Locks a file or folder that this process has just made under a name of its own, so that nothing
 * sweeps it away as a leftover.
 *
 * @returns False where somebody who sweeps was faster: it needs another name.
 */
export async function lockOwnFile(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    return await file.tryLock(true) && hasPath(file, path);
  } catch {
    // Without locks nobody sweeps what is young.
    return true;
  }
}
