/**
 * The store: trained models and outcomes of measurements by a key of their content. Entries are
 * written whole or not at all, checked when they are read, and shared by all commands.
 *
 * @example Put and find
 * ```ts
 * import assert from "node:assert/strict";
 * import { Store } from "@lgd-bench/lgd-bench/store";
 *
 * const folder = await Deno.makeTempDir();
 * const store = await Store.open(folder);
 * const key = "0".repeat(64);
 * await store.put("model", key, { info: { label: "a note" }, files: { "note.txt": "hello" } });
 * const entry = await store.find("model", key);
 * assert.equal(await Deno.readTextFile(entry!.files["note.txt"]!.path), "hello");
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @module
 */

export type { Claim } from "./claim.ts";
export type { EntryContent } from "./entry_writer.ts";
export type { StoreKind } from "./layout.ts";
export { link } from "./link.ts";
export type { PrunableKind, PrunedItem, PruneOptions, PruneReport } from "./prune.ts";
export { type FindOptions, Store, type StoreOptions } from "./store.ts";
export type { StoredFile, StoreEntry } from "./store_entry.ts";
export type { StoreEntrySummary } from "./store_walk.ts";
export type { StoreProblem, StoreReport } from "./verify.ts";
