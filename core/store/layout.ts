/**
 * Where things are in a store:
 *
 * ```text
 * store.json                          what the folder is
 * models/<key[0:2]>/<key>/            an entry: entry.json and its files
 * outcomes/<key[0:2]>/<key>/
 * locks/<kind>-<key>.lock             who works on an entry
 * locks/<kind>-<key>.held             who reads an entry
 * locks/<uuid>.keys                   entries that a running command counts on
 * work/<kind>-<key>/                  checkpoints of unfinished work
 * temporary/                          entries on their way in or out
 * damaged/                            entries that were found damaged
 * ```
 *
 * @module
 */

import { join } from "node:path";

/** What a store keeps. */
export const storeKinds = ["model", "outcome"] as const;

/** A trained model, or the outcome of a task on a model. */
export type StoreKind = (typeof storeKinds)[number];

/** Folder of a kind's entries. */
export const kindFolders: Readonly<Record<StoreKind, string>> = {
  model: "models",
  outcome: "outcomes",
};

/** The file that says that a folder is a store. */
export const storeFileName = "store.json";

/** The file of an entry that describes it. */
export const entryFileName = "entry.json";

/** Folders of a store besides those of its kinds. */
export const storeFolders = {
  locks: "locks",
  work: "work",
  temporary: "temporary",
  damaged: "damaged",
} as const;

/** Everything that lies at the top of a store. */
export const ownNames: ReadonlySet<string> = new Set([
  storeFileName,
  ...Object.values(kindFolders),
  ...Object.values(storeFolders),
]);

/** @throws {TypeError} where a key is not 64 hex digits. */
export function assertStoreKey(key: string): void {
  if (typeof key === "string" && /^[0-9a-f]{64}$/.test(key)) return;
  const got = JSON.stringify(key)?.slice(0, 80);
  throw new TypeError(`internal: key of a store entry: expected 64 hex digits, got ${got}`);
}

/** @throws {TypeError} where a kind is not one of {@linkcode storeKinds}. */
export function assertStoreKind(kind: string): asserts kind is StoreKind {
  if ((storeKinds as readonly string[]).includes(kind)) return;
  throw new TypeError(`internal: expected a kind of ${storeKinds.join(", ")}, got "${kind}"`);
}

/** Whether a text can name a file of an entry: no path, no hidden file, not the entry's own. */
export function isFileName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name) && name.toLowerCase() !== entryFileName;
}

/** Name of an entry in the folders of locks and of work. */
export function entryName(kind: StoreKind, key: string): string {
  return `${kind}-${key}`;
}

/** What {@linkcode entryName} made, read back. */
export function parseEntryName(name: string): { kind: StoreKind; key: string } | undefined {
  const match = /^(model|outcome)-([0-9a-f]{64})$/.exec(name);
  return match === null ? undefined : { kind: match[1] as StoreKind, key: match[2]! };
}

/** Folder of an entry. */
export function entryFolder(store: string, kind: StoreKind, key: string): string {
  return join(store, kindFolders[kind], key.slice(0, 2), key);
}

/** File that is locked by who makes an entry. */
export function claimPath(store: string, kind: StoreKind, key: string): string {
  return join(store, storeFolders.locks, `${entryName(kind, key)}.lock`);
}

/** File that is locked by all who read an entry. */
export function holdPath(store: string, kind: StoreKind, key: string): string {
  return join(store, storeFolders.locks, `${entryName(kind, key)}.held`);
}
