/**
 * The content-keyed store of models and outcomes: what was trained or measured once is found again
 * by its key, by every command and every process.
 *
 * @module
 */

import { join } from "node:path";
import { WriteError } from "../errors.ts";
import { explainWriteError, isReadOnlyError } from "../files.ts";
import { type Claim, tryClaim, waitForClaim } from "./claim.ts";
import { moveDamagedAside } from "./damaged.ts";
import { type CheckEntry, readEntry } from "./entry_reader.ts";
import { type EntryContent, prepareEntry, publishEntry } from "./entry_writer.ts";
import { holdNames } from "./holds.ts";
import { sweepLeftovers } from "./leftovers.ts";
import {
  assertStoreKey,
  assertStoreKind,
  claimPath,
  entryFolder,
  entryName,
  holdPath,
  storeFolders,
  type StoreKind,
} from "./layout.ts";
import { describeHolderText } from "./lock_holder.ts";
import { type PruneOptions, type PruneReport, pruneStore } from "./prune.ts";
import { EntryDamage, entryOf, type StoreEntry } from "./store_entry.ts";
import { checkStoreFolder, makeStoreFolder, writeAdvice } from "./store_folder.ts";
import { listStore, markUsed, type StoreEntrySummary, summarize } from "./store_walk.ts";
import { type StoreReport, verifyStore } from "./verify.ts";

/** Options of {@linkcode Store.open}. */
export interface StoreOptions {
  /** Told of each damaged entry; by default nobody is. */
  readonly onDamaged?: (message: string) => void;
}

/** Options of {@linkcode Store.find}. */
export interface FindOptions {
  /**
   * Names of files whose bytes are wanted: they come with the verification, so that no file is read
   * twice. One that the entry has not is left out of `contents`.
   */
  readonly load?: readonly string[];
  /**
   * Looks at an entry whose bytes are right: why it cannot be used all the same, e.g. because another
   * version of the program wrote it. Such an entry counts as damaged.
   */
  readonly check?: CheckEntry;
  /** Told why an entry that is there is not used; default: that of the store. */
  readonly onDamaged?: (message: string) => void;
}

/** Stands for the hold of a read-only store, from which nobody here can remove anything. */
function heldByNobody(error: unknown): Claim {
  if (!(error instanceof WriteError) || !isReadOnlyError(error.cause)) throw error;
  return { release() {}, [Symbol.dispose]() {} };
}

/** A folder of entries, each written whole or not at all. */
export class Store {
  /** Where it is; everything it writes is in it. */
  readonly folder: string;
  readonly #onDamaged: (message: string) => void;

  private constructor(folder: string, options: StoreOptions) {
    this.folder = folder;
    this.#onDamaged = options.onDamaged ?? (() => {});
  }

  /**
   * Opens a store; its folder is made with the first write. What killed processes left is swept
   * away.
   *
   * @throws {ConfigError} where the folder holds something else.
   * @throws {DataError} where it cannot be read, or is a store of another version.
   */
  static async open(folder: string, options: StoreOptions = {}): Promise<Store> {
    if (await checkStoreFolder(folder)) await sweepLeftovers(folder);
    return new Store(folder, options);
  }

  /**
   * Finds an entry and verifies it: its description and every byte of every file. A damaged one is
   * told of, moved to `damaged/` and not used.
   *
   * @param key 64 hex digits.
   */
  async find(
    kind: StoreKind,
    key: string,
    options: FindOptions = {},
  ): Promise<StoreEntry | undefined> {
    const folder = this.#entryFolder(kind, key);
    const { load = [], check, onDamaged = this.#onDamaged } = options;
    let entry: StoreEntry | undefined;
    try {
      entry = await readEntry(folder, kind, key, { load, check });
    } catch (error) {
      if (!(error instanceof EntryDamage)) throw error;
      entry = await moveDamagedAside(this.folder, kind, key, { load, check, onDamaged });
    }
    if (entry !== undefined) await markUsed(folder);
    return entry;
  }

  /**
   * What an entry says of itself, without reading its files: for plans. A damaged one counts as
   * missing, and stays where it is.
   */
  peek(kind: StoreKind, key: string): StoreEntrySummary | undefined {
    try {
      return summarize(this.#entryFolder(kind, key), kind, key);
    } catch (error) {
      if (error instanceof EntryDamage) return undefined;
      throw error;
    }
  }

  /**
   * Writes an entry, whole or not at all, and removes its work folder. Where the entry is there
   * already it stays: equal keys stand for equal content, and others may be reading it.
   *
   * @returns The entry that is in the store now, without `contents`.
   * @throws {WriteError} where the store cannot be written.
   * @throws {TypeError} for names of files that are paths, or `info` that is not JSON.
   */
  async put(kind: StoreKind, key: string, content: EntryContent): Promise<StoreEntry> {
    const folder = this.#entryFolder(kind, key);
    await makeStoreFolder(this.folder);
    const entry = await this.#write(kind, key, content).catch((error) => {
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      throw explainWriteError(folder, error, writeAdvice);
    });
    await Deno.remove(this.#workPath(kind, key), { recursive: true }).catch(() => {});
    return entry;
  }

  async #write(kind: StoreKind, key: string, content: EntryContent): Promise<StoreEntry> {
    const folder = this.#entryFolder(kind, key);
    const prepared = await prepareEntry(this.folder, kind, key, content);
    try {
      // A second time where a damaged entry had the name; a third where that was put back by hand.
      for (let attempt = 0; attempt < 3; attempt++) {
        const published = await publishEntry(this.folder, kind, key, prepared);
        if (published) return entryOf(folder, prepared.head);
        const entry = await this.find(kind, key);
        if (entry !== undefined) return entry;
      }
      throw new WriteError(
        `Cannot write ${folder}: what is there is damaged and cannot be moved. Remove it, or ` +
          writeAdvice,
      );
    } finally {
      prepared.close();
      await Deno.remove(prepared.folder, { recursive: true }).catch(() => {});
    }
  }

  /**
   * Claims the making of an entry, for this process alone. A claim ends with {@linkcode
   * Claim.release} or with the process, however that ends. Whoever got it looks for the entry again:
   * its former holder may have made it.
   *
   * @returns Undefined while another process, or another job of this one, has it.
   * @throws {WriteError} where the store cannot be written.
   */
  async claim(kind: StoreKind, key: string): Promise<Claim | undefined> {
    const path = claimPath(this.folder, this.#kind(kind), this.#key(key));
    await makeStoreFolder(this.folder);
    return await tryClaim(path);
  }

  /** Who has the claim: `process 7 on host, since …`. */
  async describeHolder(kind: StoreKind, key: string): Promise<string> {
    const path = claimPath(this.folder, this.#kind(kind), this.#key(key));
    return describeHolderText(await Deno.readTextFile(path).catch(() => ""));
  }

  /**
   * Keeps an entry from being pruned while it is read, by any number of processes at once.
   *
   * @throws {TryAgainError} where a process that prunes it does not come to its end.
   * @throws {WriteError} where the store cannot be written.
   */
  async hold(kind: StoreKind, key: string): Promise<Claim> {
    const path = holdPath(this.folder, this.#kind(kind), this.#key(key));
    await makeStoreFolder(this.folder);
    // Pruning may have it, for a moment.
    return await waitForClaim(path, { shared: true }).catch(heldByNobody);
  }

  /**
   * Keeps entries from being pruned, whether they are there or come to be, by one open file for all
   * of them. A store that is read-only is read without that.
   *
   * @throws {WriteError} where the store cannot be written for another reason.
   */
  async holdAll(entries: Iterable<readonly [kind: StoreKind, key: string]>): Promise<Claim> {
    const names = Array.from(entries, ([kind, key]) => entryName(this.#kind(kind), this.#key(key)));
    await makeStoreFolder(this.folder);
    return await holdNames(this.folder, names).catch(heldByNobody);
  }

  /**
   * Makes the folder for what an unfinished entry needs to be resumed; it outlives a killed process
   * and goes with {@linkcode put}. Only who has the claim may use it.
   *
   * @throws {WriteError} where it cannot be written.
   */
  async workFolder(kind: StoreKind, key: string): Promise<string> {
    const path = this.#workPath(kind, key);
    await makeStoreFolder(this.folder);
    try {
      await Deno.mkdir(path, { recursive: true });
    } catch (error) {
      throw explainWriteError(path, error, writeAdvice);
    }
    return path;
  }

  /**
   * Lists all entries by kind and key, without reading their files. Entries whose description is
   * damaged are told of and left out.
   */
  list(): AsyncIterable<StoreEntrySummary> {
    return listStore(this.folder, this.#onDamaged);
  }

  /** Reads everything and reports all that is damaged or left over; changes nothing. */
  async verify(options: { onEntry?: (checked: number) => void } = {}): Promise<StoreReport> {
    return await verifyStore(this.folder, options);
  }

  /** Removes entries, or says what it would remove (the default). See {@linkcode PruneOptions}. */
  async prune(options: PruneOptions = {}): Promise<PruneReport> {
    return await pruneStore(this.folder, options);
  }

  #kind(kind: StoreKind): StoreKind {
    assertStoreKind(kind);
    return kind;
  }

  #key(key: string): string {
    assertStoreKey(key);
    return key;
  }

  #entryFolder(kind: StoreKind, key: string): string {
    return entryFolder(this.folder, this.#kind(kind), this.#key(key));
  }

  #workPath(kind: StoreKind, key: string): string {
    return join(this.folder, storeFolders.work, entryName(this.#kind(kind), this.#key(key)));
  }
}
