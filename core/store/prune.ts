/**
 * Frees space: removes entries that nobody works on, reads or links to.
 *
 * @module
 */

import { join } from "node:path";
import { lockPath } from "../file_lock.ts";
import { explainWriteError } from "../files.ts";
import { type Claim, isClaimed, tryClaim } from "./claim.ts";
import { lockHolds, readHeldNames } from "./holds.ts";
import {
  claimPath,
  entryName,
  holdPath,
  parseEntryName,
  storeFolders,
  type StoreKind,
  storeKinds,
} from "./layout.ts";
import { findLeftovers } from "./leftovers.ts";
import { EntryDamage } from "./store_entry.ts";
import { type StoreEntrySummary, summarize, walkStore } from "./store_walk.ts";

/**
 * What can be pruned: entries, work folders of unfinished entries, and what was damaged or left by
 * killed processes.
 */
export const prunableKinds = [...storeKinds, "work", "damaged"] as const;

/** One of {@linkcode prunableKinds}. */
export type PrunableKind = (typeof prunableKinds)[number];

/** Options of {@linkcode pruneStore}. */
export interface PruneOptions {
  /** Only what was not used for so many days. @default {0} */
  readonly olderThanDays?: number;
  /** Only these kinds. @default {all but "work"} */
  readonly kinds?: readonly PrunableKind[];
  /** Keys that stay. */
  readonly keepKeys?: Iterable<string>;
  /**
   * Remove also entries that run folders hold links to: they keep their files, and nothing is freed
   * until they are removed too. @default {false}
   */
  readonly includeLinked?: boolean;
  /** Remove nothing, only tell. @default {true} */
  readonly dryRun?: boolean;
}

/** Something that was removed, or would be. */
export interface PrunedItem {
  readonly kind: PrunableKind;
  /** Where it was. */
  readonly path: string;
  /** Its key; null for what has none. */
  readonly key: string | null;
  /** What it was: the `label` of its info, or why it was left. */
  readonly label: string | null;
  /** Bytes that are free without it. */
  readonly bytes: number;
}

/** What {@linkcode pruneStore} did. */
export interface PruneReport {
  readonly removed: readonly PrunedItem[];
  /** Sum of {@linkcode PrunedItem.bytes}. */
  readonly bytes: number;
  /** How many of those that are old enough stay, by reason. */
  readonly kept: { readonly claimed: number; readonly linked: number; readonly named: number };
}

/** Something that may be removed. */
interface Candidate {
  readonly kind: PrunableKind;
  readonly path: string;
  readonly key: string | null;
  readonly label: string | null;
  /** Locks that must be free. */
  readonly locks: readonly string[];
  /** Name of the entry that it is, or is made for; what a process holds stays. */
  readonly name?: string;
  readonly usedAt: number;
}

/** Bytes that are free when a folder is removed, and whether one of its files is linked elsewhere. */
async function measure(path: string): Promise<{ bytes: number; linked: boolean; usedAt: number }> {
  const info = await Deno.lstat(path);
  const usedAt = info.mtime?.getTime() ?? 0;
  if (!info.isDirectory) {
    const linked = info.isFile && (info.nlink ?? 1) > 1;
    return { bytes: linked ? 0 : info.size, linked, usedAt };
  }
  const total = { bytes: 0, linked: false, usedAt };
  for await (const { name } of Deno.readDir(path)) {
    const inner = await measure(join(path, name));
    total.bytes += inner.bytes;
    total.linked ||= inner.linked;
    total.usedAt = Math.max(total.usedAt, inner.usedAt);
  }
  return total;
}

function describe(summary: StoreEntrySummary): string | null {
  return typeof summary.info.label === "string" ? summary.info.label : null;
}

function entryLocks(store: string, kind: StoreKind, key: string): string[] {
  return [claimPath(store, kind, key), holdPath(store, kind, key)];
}

async function* listEntries(store: string, kinds: readonly PrunableKind[]) {
  const wanted = storeKinds.filter((kind) => kinds.includes(kind));
  for (const place of walkStore(store, wanted)) {
    // What is not an entry is somebody's own; what is damaged is moved aside when it is found.
    if (place.type === "foreign") continue;
    const { kind, key, folder } = place;
    try {
      const summary = summarize(folder, kind, key);
      if (summary === undefined) continue;
      const candidate: Candidate = {
        kind,
        key,
        path: folder,
        label: describe(summary),
        locks: entryLocks(store, kind, key),
        name: entryName(kind, key),
        usedAt: Date.parse(summary.usedAt),
      };
      yield candidate;
    } catch (error) {
      if (!(error instanceof EntryDamage)) throw error;
    }
  }
}

async function* listFolder(folder: string) {
  const names = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  for (const { name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, name);
    const measured = await measure(path).catch(() => undefined);
    if (measured !== undefined) yield { name, path, usedAt: measured.usedAt };
  }
}

async function* listCandidates(
  store: string,
  kinds: readonly PrunableKind[],
): AsyncGenerator<Candidate> {
  yield* listEntries(store, kinds);
  if (kinds.includes("work")) {
    for await (const { name, path, usedAt } of listFolder(join(store, storeFolders.work))) {
      const parsed = parseEntryName(name);
      if (parsed === undefined) continue;
      const { kind, key } = parsed;
      const label = `unfinished ${kind}`;
      const locks = entryLocks(store, kind, key);
      yield { kind: "work", key, path, label, locks, name, usedAt };
    }
  }
  if (!kinds.includes("damaged")) return;
  for await (const { name, path, usedAt } of listFolder(join(store, storeFolders.damaged))) {
    const key = parseEntryName(name.slice(0, name.lastIndexOf(".")))?.key ?? null;
    yield { kind: "damaged", key, path, label: "damaged", locks: [], usedAt };
  }
  for (const path of await findLeftovers(store)) {
    const { usedAt } = await measure(path);
    yield { kind: "damaged", key: null, path, label: "left by a killed write", locks: [], usedAt };
  }
}

/** Takes all locks, or none. */
async function claimAll(paths: readonly string[]): Promise<Claim[] | undefined> {
  const claims: Claim[] = [];
  for (const path of paths) {
    const claim = await tryClaim(path);
    if (claim === undefined) {
      for (const held of claims) held.release();
      return undefined;
    }
    claims.push(claim);
  }
  return claims;
}

/** Removes something whole: it loses its name first, so that nobody finds half of it. */
async function removeWhole(store: string, path: string): Promise<void> {
  const name = `pruned.${crypto.randomUUID().slice(0, 8)}`;
  const aside = join(store, storeFolders.temporary, name);
  // It keeps the lock under its other name: nobody sweeps it at the same time.
  const lock = await lockPath(path);
  try {
    await Deno.mkdir(join(store, storeFolders.temporary), { recursive: true });
    await Deno.rename(path, aside);
    await Deno.remove(aside, { recursive: true });
  } catch (error) {
    throw explainWriteError(path, error, "make the store writable");
  } finally {
    if (lock.state === "free") lock.file.close();
  }
}

/**
 * Removes what is old and what nobody needs. Never what is claimed or held at that moment, and not
 * what a run folder links to unless `includeLinked` says so.
 *
 * @throws {RangeError} where `olderThanDays` is not a number from 0.
 * @throws {WriteError} where something cannot be removed.
 */
export async function pruneStore(store: string, options: PruneOptions = {}): Promise<PruneReport> {
  const { olderThanDays = 0, includeLinked = false, dryRun = true } = options;
  const { kinds = prunableKinds.filter((kind) => kind !== "work") } = options;
  if (!(olderThanDays >= 0)) {
    throw new RangeError(`olderThanDays: expected a number from 0, got ${olderThanDays}`);
  }
  const before = Date.now() - olderThanDays * 86_400_000;
  const keep = new Set(options.keepKeys ?? []);
  const kept = { claimed: 0, linked: 0, named: 0 };
  const removed: PrunedItem[] = [];
  for await (const candidate of listCandidates(store, kinds)) {
    const { kind, path, key, label, locks, name, usedAt } = candidate;
    if (usedAt > before) continue;
    if (key !== null && keep.has(key)) {
      kept.named++;
      continue;
    }
    const claims = dryRun
      ? (await Promise.all(locks.map(isClaimed))).includes(true) ? undefined : []
      : await claimAll(locks);
    if (claims === undefined) {
      kept.claimed++;
      continue;
    }
    // Nobody begins to hold it while it goes.
    const holds = dryRun || name === undefined ? undefined : await lockHolds(store);
    try {
      if (name !== undefined && (await readHeldNames(store)).has(name)) {
        kept.claimed++;
        continue;
      }
      // Under the locks: who holds none now cannot have begun to link it.
      const measured = await measure(path).catch(() => undefined);
      if (measured === undefined) continue;
      if (measured.linked && !includeLinked) {
        kept.linked++;
        continue;
      }
      if (!dryRun) await removeWhole(store, path);
      removed.push({ kind, path, key, label, bytes: measured.bytes });
    } finally {
      holds?.release();
      for (const claim of claims) claim.release();
    }
  }
  const bytes = removed.reduce((sum, item) => sum + item.bytes, 0);
  return { removed, bytes, kept };
}
