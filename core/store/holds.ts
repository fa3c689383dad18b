/**
 * Lists of the entries that a process counts on. One file for all of them, since a table has more
 * entries than a process may have files open: `locks/<uuid>.keys`, locked for as long as its process
 * needs them, with a name on each line.
 *
 * @module
 */

import { join } from "node:path";
import { explainWriteError } from "../files.ts";
import { type Claim, isClaimed, tryClaim, waitForClaim } from "./claim.ts";
import { storeFolders } from "./layout.ts";

/** How the names of lists end. */
export const listEnding = ".keys";

function holdsLockPath(store: string): string {
  return join(store, storeFolders.locks, "holds.lock");
}

/**
 * The lock of whoever writes a list, or removes entries by what the lists say.
 *
 * @throws {TryAgainError} where a process that has it does not come to its end.
 */
export function lockHolds(store: string): Promise<Claim> {
  return waitForClaim(holdsLockPath(store));
}

/** {@linkcode lockHolds} where nobody has it. */
export function tryLockHolds(store: string): Promise<Claim | undefined> {
  return tryClaim(holdsLockPath(store), { isSweep: true });
}

/**
 * Keeps entries from being pruned until the claim is given back, or the process ends.
 *
 * @param names As `entryName` makes them; they need not be there yet.
 * @throws {WriteError} where the store cannot be written.
 */
export async function holdNames(store: string, names: Iterable<string>): Promise<Claim> {
  const path = join(store, storeFolders.locks, `${crypto.randomUUID()}${listEnding}`);
  // Whoever prunes has read every list, or reads this one.
  using _lock = await lockHolds(store);
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { write: true, createNew: true });
    await file.lock(true);
    await Deno.writeTextFile(path, [...names].join("\n") + "\n");
  } catch (error) {
    file?.close();
    await Deno.remove(path).catch(() => {});
    throw explainWriteError(path, error, "choose a folder on a local disk with --store");
  }
  const open = file;
  let isHeld = true;
  const release = () => {
    if (!isHeld) return;
    isHeld = false;
    try {
      Deno.removeSync(path);
    } catch {
      // A list that stays holds nothing, for nobody has it locked.
    }
    open.close();
  };
  return { release, [Symbol.dispose]: release };
}

/** Names of all entries that running processes hold by lists. */
export async function readHeldNames(store: string): Promise<Set<string>> {
  const folder = join(store, storeFolders.locks);
  const held = new Set<string>();
  for (const { name } of await Array.fromAsync(Deno.readDir(folder)).catch(() => [])) {
    const path = join(folder, name);
    if (!name.endsWith(listEnding) || !(await isClaimed(path))) continue;
    const text = await Deno.readTextFile(path).catch(() => "");
    for (const line of text.split("\n")) if (line !== "") held.add(line);
  }
  return held;
}
