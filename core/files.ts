/**
 * Files: hashes, whole-or-nothing writes, the cache folder.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { createHash } from "node:crypto";
import { WriteError } from "./errors.ts";

/** SHA-256 of the parts, one after the other, as 64 hex digits. */
export function sha256(...parts: (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** SHA-256 of a JSON value with its keys sorted, so that equal configurations have equal hashes. */
export function hashJson(value: unknown): string {
  return sha256(JSON.stringify(value, (_key, inner) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  }));
}

/** Turns a system error of a write into one that names the path and the way out. */
function explainWriteError(path: string, error: unknown): Error {
  // Deno's own text advises a flag that no command here takes.
  const reason = error instanceof Deno.errors.NotCapable
    ? "the program may not write there; choose another folder"
    : error instanceof Error
    ? error.message
    : String(error);
  return new WriteError(`Cannot write ${path}: ${reason}`, { cause: error });
}

/** Bytes written at a time: a window on shared memory is copied before it is written. */
const writeBytes = 4 * 2 ** 20;

/**
 * Writes a file in parts, whole or not at all: to a temporary name in the same folder, then renamed.
 *
 * @param produce Called with a function that appends bytes; `patch` overwrites bytes from an offset.
 * @throws {WriteError} when the folder is not writable or the disk is full; nothing is left behind.
 *   What `produce` throws goes through as it is.
 */
export async function writeFileInParts(
  path: string,
  produce: (
    append: (bytes: Uint8Array) => Promise<void>,
    patch: (offset: number, bytes: Uint8Array) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explainWriteError(path, error);
    }
  };
  const file = await attempt(async () => {
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.open(temporary, { write: true, createNew: true });
  });
  const writeAll = async (bytes: Uint8Array) => {
    for (let start = 0; start < bytes.length; start += writeBytes) {
      let part = Uint8Array.from(bytes.subarray(start, start + writeBytes));
      while (part.length > 0) part = part.subarray(await file.write(part));
    }
  };
  let open = true;
  try {
    await produce(
      (bytes) => attempt(() => writeAll(bytes)),
      (offset, bytes) =>
        attempt(async () => {
          await file.seek(offset, Deno.SeekMode.Start);
          await writeAll(bytes);
          await file.seek(0, Deno.SeekMode.End);
        }),
    );
    file.close();
    open = false;
    await attempt(() => Deno.rename(temporary, path));
  } catch (error) {
    if (open) file.close();
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/**
 * Writes a file whole or not at all: to a temporary name in the same folder, then renamed.
 *
 * @throws {WriteError} when the folder is not writable or the disk is full; nothing is left behind.
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(temporary, content);
    else await Deno.writeFile(temporary, content);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw explainWriteError(path, error);
  }
}

/** Text of a file, or undefined where there is none. */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Bytes of a file, or undefined where there is none. */
export async function readFileIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The project's folder: where `deno.json` lies. */
export const projectFolder: string = join(import.meta.dirname ?? ".", "..");

/** Where {@linkcode moveCacheFolder} has moved the cache. */
let movedCacheFolder: string | undefined;

/**
 * Folder of the content-keyed cache: rasterised icons, composed views, teacher embeddings.
 * `LGD_BENCH_CACHE` moves it; every file in it can be deleted at any time.
 */
export function cacheFolder(): string {
  return movedCacheFolder ?? Deno.env.get("LGD_BENCH_CACHE") ?? join(projectFolder, ".cache");
}

/**
 * Moves the cache for this thread alone, or back. Tests run side by side in one process, where the
 * environment belongs to all of them.
 */
export function moveCacheFolder(folder: string | undefined): void {
  movedCacheFolder = folder;
}
