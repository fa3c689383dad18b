/**
 * Walks through a store: every entry's folder, and what lies among them that is none.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../errors.ts";
import { readHead } from "./entry_reader.ts";
import { entryFileName, kindFolders, type StoreKind, storeKinds } from "./layout.ts";
import { EntryDamage, type StoreEntry } from "./store_entry.ts";

/** What a listing tells of an entry; its files were not read. */
export type StoreEntrySummary =
  & Pick<StoreEntry, "kind" | "key" | "folder" | "info" | "createdAt">
  & {
    /** Names of its files. */
    readonly fileNames: readonly string[];
    /** Bytes of all its files. */
    readonly bytes: number;
    /** When it was found last, ISO 8601. */
    readonly usedAt: string;
  };

/** A place in a store where an entry should be. */
export type EntryPlace =
  | { readonly type: "entry"; readonly kind: StoreKind; readonly key: string; folder: string }
  | { readonly type: "foreign"; readonly path: string };

/** Names in a folder, sorted; none where there is none. */
function sortedNames(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new DataError(`Cannot read ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Every place of a store, by kind and key.
 *
 * @throws {DataError} where a folder cannot be read.
 */
export function* walkStore(
  store: string,
  kinds: readonly StoreKind[] = storeKinds,
): Generator<EntryPlace> {
  for (const kind of kinds) {
    const kindFolder = join(store, kindFolders[kind]);
    for (const prefix of sortedNames(kindFolder)) {
      const folder = join(kindFolder, prefix);
      if (!/^[0-9a-f]{2}$/.test(prefix) || !Deno.lstatSync(folder).isDirectory) {
        yield { type: "foreign", path: folder };
        continue;
      }
      for (const key of sortedNames(folder)) {
        const path = join(folder, key);
        if (/^[0-9a-f]{64}$/.test(key) && key.startsWith(prefix)) {
          yield { type: "entry", kind, key, folder: path };
        } else yield { type: "foreign", path };
      }
    }
  }
}

/**
 * The summary of an entry.
 *
 * @returns Undefined where there is none.
 * @throws {EntryDamage} where its description is damaged.
 */
export function summarize(
  folder: string,
  kind: StoreKind,
  key: string,
): StoreEntrySummary | undefined {
  try {
    const { head, usedAt } = readHead(folder, kind, key);
    const { info, createdAt, files } = head;
    const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
    const used = usedAt?.toISOString() ?? createdAt;
    return {
      kind,
      key,
      folder,
      info,
      createdAt,
      fileNames: Object.keys(files),
      bytes,
      usedAt: used,
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Lists the entries of a store by kind and key.
 *
 * @param onDamaged Told of entries whose description is damaged; they are left out.
 * @throws {DataError} where a folder cannot be read.
 */
export async function* listStore(
  store: string,
  onDamaged: (message: string) => void,
): AsyncGenerator<StoreEntrySummary> {
  let count = 0;
  for (const place of walkStore(store)) {
    if (place.type === "foreign") continue;
    // Reading is synchronous; others get their turn now and then.
    if (++count % 256 === 0) await new Promise((resolve) => setTimeout(resolve));
    try {
      const summary = summarize(place.folder, place.kind, place.key);
      if (summary !== undefined) yield summary;
    } catch (error) {
      if (!(error instanceof EntryDamage)) throw error;
      onDamaged(`${place.folder} is damaged (${error.message})`);
    }
  }
}

/** Remembers that an entry was used, for {@linkcode StoreEntrySummary.usedAt}. */
export async function markUsed(folder: string): Promise<void> {
  const now = new Date();
  // A store that cannot be written can still be read.
  await Deno.utime(join(folder, entryFileName), now, now).catch(() => {});
}
