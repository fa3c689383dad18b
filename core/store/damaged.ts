/**
 * What happens to a damaged entry: it is told of, moved aside and never used.
 *
 * @module
 */

import { basename, join } from "node:path";
import { waitForClaim } from "./claim.ts";
import { readEntry, type ReadEntryOptions } from "./entry_reader.ts";
import { entryFolder, entryName, storeFolders, type StoreKind } from "./layout.ts";
import { EntryDamage, type StoreEntry } from "./store_entry.ts";

/**
 * Looks again at an entry that was found damaged, and moves it aside if it still is: meanwhile
 * another process may have done so, and made the entry again.
 *
 * @param onDamaged Told what was found, and where it is now.
 * @returns The entry that another process made meanwhile.
 */
export async function moveDamagedAside(
  store: string,
  kind: StoreKind,
  key: string,
  options: ReadEntryOptions & { onDamaged: (message: string) => void },
): Promise<StoreEntry | undefined> {
  const folder = entryFolder(store, kind, key);
  // One at a time: what was damaged when it was read must be what is moved.
  const lock = await waitForClaim(join(store, storeFolders.locks, "damaged.lock"))
    .catch(() => undefined);
  try {
    return await readEntry(folder, kind, key, options);
  } catch (error) {
    if (!(error instanceof EntryDamage)) throw error;
    const found = `The store entry ${folder} is damaged (${error.message})`;
    const suffix = crypto.randomUUID().slice(0, 8);
    const target = join(store, storeFolders.damaged, `${entryName(kind, key)}.${suffix}`);
    try {
      await Deno.mkdir(join(store, storeFolders.damaged), { recursive: true });
      await Deno.rename(folder, target);
      options.onDamaged(`${found}: moved to ${storeFolders.damaged}/${basename(target)}, not used`);
    } catch (reason) {
      options.onDamaged(`${found}: not used, and cannot be moved: ${(reason as Error).message}`);
    }
    return undefined;
  } finally {
    lock?.release();
  }
}
