/**
 * Writes an entry whole or not at all: into a temporary folder of the store, to the disk, then
 * under its own name.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { lockOwnFile } from "../file_lock.ts";
import { sha256, writeAll } from "../files.ts";
import {
  entryFileName,
  entryFolder,
  entryName,
  isFileName,
  storeFolders,
  type StoreKind,
} from "./layout.ts";
import { encodeHead, type EntryHead, mostFileBytes, mostHeadBytes } from "./store_entry.ts";

/** What an entry is made of. */
export interface EntryContent {
  /** What is worth saying of it, plain JSON; `label` is what people are shown. */
  readonly info: Readonly<Record<string, unknown>>;
  /** Its files by name. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
}

/** A folder that is about to become an entry. */
export interface PreparedEntry {
  /** Where it is. */
  readonly folder: string;
  /** What its `entry.json` says. */
  readonly head: EntryHead;
  /** Closes it; it stays locked until then, so that nothing sweeps it away. */
  close(): void;
}

/** Brings the names in a folder to the disk, where the system lets folders be synced. */
export async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using file = await Deno.open(folder, { read: true });
  await file.sync();
}

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  // Read-only: run folders hold links to it, and what is written through one is written to all.
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o444 });
  await writeAll(file, content);
  await file.sync();
}

/** Encodes and checks what an entry is to hold. */
function encodeFiles(files: EntryContent["files"]): Map<string, Uint8Array> {
  const encoded = new Map<string, Uint8Array>();
  const taken = new Set<string>();
  for (const [name, content] of Object.entries(files)) {
    if (!isFileName(name)) {
      throw new TypeError(`internal: "${name}" cannot be the name of a file in a store entry`);
    }
    // Some file systems do not tell capitals apart.
    if (taken.has(name.toLowerCase())) throw new TypeError(`internal: two files are named ${name}`);
    taken.add(name.toLowerCase());
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    if (bytes.length > mostFileBytes) throw tooLarge(name, bytes.length, mostFileBytes);
    encoded.set(name, bytes);
  }
  return encoded;
}

function tooLarge(name: string, got: number, most: number): RangeError {
  return new RangeError(`${name} of a store entry: expected at most ${most} bytes, got ${got}`);
}

/**
 * Makes a temporary folder with a lock, which goes with it when it is renamed; no lock where folders
 * cannot be opened.
 */
async function makeTemporaryFolder(
  store: string,
  name: string,
): Promise<{ folder: string; lock: Deno.FsFile | undefined }> {
  for (;;) {
    const suffix = crypto.randomUUID().slice(0, 8);
    const folder = join(store, storeFolders.temporary, `${name}.${suffix}`);
    await Deno.mkdir(folder, { recursive: true });
    let lock: Deno.FsFile;
    try {
      lock = await Deno.open(folder, { read: true });
    } catch (error) {
      // Somebody who sweeps was faster.
      if (error instanceof Deno.errors.NotFound) continue;
      // Windows opens no folders: age alone decides there.
      return { folder, lock: undefined };
    }
    if (await lockOwnFile(lock, folder)) return { folder, lock };
    lock.close();
  }
}

/**
 * Writes the files of an entry to a temporary folder and brings them to the disk.
 *
 * @throws A system error, after the folder is removed again.
 */
export async function prepareEntry(
  store: string,
  kind: StoreKind,
  key: string,
  { info, files }: EntryContent,
): Promise<PreparedEntry> {
  const encoded = encodeFiles(files);
  const createdAt = new Date().toISOString();
  const listed = [...encoded].map(([name, content]) =>
    [name, { bytes: content.length, sha256: sha256(content) }] as const
  );
  const head = { kind, key, createdAt, info, files: Object.fromEntries(listed) };
  const headBytes = encodeHead(head);
  if (headBytes.length > mostHeadBytes) {
    throw tooLarge(entryFileName, headBytes.length, mostHeadBytes);
  }
  const { folder, lock } = await makeTemporaryFolder(store, entryName(kind, key));
  try {
    for (const [name, content] of encoded) await writeSynced(join(folder, name), content);
    await writeSynced(join(folder, entryFileName), headBytes);
    await syncFolder(folder);
    return { folder, head, close: () => lock?.close() };
  } catch (error) {
    lock?.close();
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    throw error;
  }
}

/**
 * Gives a prepared folder its own name.
 *
 * @returns False where there is an entry, whole or damaged, already.
 */
export async function publishEntry(
  store: string,
  kind: StoreKind,
  key: string,
  prepared: PreparedEntry,
): Promise<boolean> {
  const target = entryFolder(store, kind, key);
  await Deno.mkdir(dirname(target), { recursive: true });
  try {
    await Deno.rename(prepared.folder, target);
  } catch (error) {
    // EEXIST, ENOTEMPTY, ENOTDIR: something else has the name, which a look at it confirms.
    const exists = await Deno.lstat(target).then(() => true, () => false);
    if (exists) return false;
    throw error;
  }
  await syncFolder(dirname(target));
  await syncFolder(dirname(dirname(target)));
  return true;
}
