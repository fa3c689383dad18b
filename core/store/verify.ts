/**
 * Reads a whole store and reports what is wrong with it.
 *
 * @module
 */

import { join } from "node:path";
import { readEntry } from "./entry_reader.ts";
import { entryFolder, parseEntryName, storeFolders } from "./layout.ts";
import { findLeftovers } from "./leftovers.ts";
import { EntryDamage } from "./store_entry.ts";
import { walkStore } from "./store_walk.ts";

/** Something of a store that is not as it should be. */
export interface StoreProblem {
  /** Where it is. */
  readonly path: string;
  /** What is wrong with it. */
  readonly reason: string;
}

/** What {@linkcode verifyStore} found. */
export interface StoreReport {
  /** Entries that are whole. */
  readonly entries: number;
  /** Bytes of their files. */
  readonly bytes: number;
  /** Entries that would not be used, and what lies among the entries without being one. */
  readonly damaged: readonly StoreProblem[];
  /** What killed processes and earlier damage left; harmless, `prune` removes it. */
  readonly leftovers: readonly StoreProblem[];
}

function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/**
 * Reads every file of every entry. Changes nothing.
 *
 * @param options.onEntry Told how many entries have been read.
 * @throws {DataError} where a folder of the store cannot be read.
 */
export async function verifyStore(
  store: string,
  options: { onEntry?: (checked: number) => void } = {},
): Promise<StoreReport> {
  const damaged: StoreProblem[] = [];
  const leftovers: StoreProblem[] = [];
  let [entries, bytes, checked] = [0, 0, 0];
  for (const place of walkStore(store)) {
    if (place.type === "foreign") {
      damaged.push({ path: place.path, reason: "it is not an entry of a store" });
      continue;
    }
    try {
      const entry = await readEntry(place.folder, place.kind, place.key);
      if (entry === undefined) continue;
      entries++;
      for (const file of Object.values(entry.files)) bytes += file.bytes;
    } catch (error) {
      if (!(error instanceof EntryDamage)) throw error;
      damaged.push({ path: place.folder, reason: error.message });
    }
    options.onEntry?.(++checked);
  }
  for (const path of await findLeftovers(store)) {
    leftovers.push({ path, reason: "a write that was killed left it" });
  }
  for (const name of names(join(store, storeFolders.damaged))) {
    const path = join(store, storeFolders.damaged, name);
    leftovers.push({ path, reason: "it was found damaged and moved aside" });
  }
  for (const name of names(join(store, storeFolders.work))) {
    const path = join(store, storeFolders.work, name);
    const parsed = parseEntryName(name);
    if (parsed === undefined) leftovers.push({ path, reason: "it is not a work folder" });
    else if (await exists(entryFolder(store, parsed.kind, parsed.key))) {
      leftovers.push({ path, reason: "its entry is finished" });
    }
  }
  return { entries, bytes, damaged, leftovers };
}
