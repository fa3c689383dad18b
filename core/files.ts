/**
 * Files: hashes, whole-or-nothing writes, the cache folder.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import { readVariable } from "./environment_variables.ts";
import { DataError, LgdBenchError, withoutPermissionAdvice, WriteError } from "./errors.ts";
import { lockOwnFile } from "./file_lock.ts";
import { userPath } from "./paths.ts";

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

/**
 * What the system says of an error, without the path of the call, which may be a temporary one, and
 * without Deno's advice of a flag that no command here takes.
 */
export function systemReason(error: unknown): string {
  const text = withoutPermissionAdvice(error instanceof Error ? error.message : String(error));
  return text.replace(/(\(os error \d+\)): \w+ '.*'$/s, "$1");
}

/**
 * Turns a system error of a write into one that names the path and the way out. An error that is
 * explained already stays as it is.
 *
 * @param advice The way out, where there is a better one than another folder.
 */
export function explainWriteError(
  path: string,
  error: unknown,
  advice = "choose another folder",
): LgdBenchError {
  if (error instanceof LgdBenchError) return error;
  const reason = error instanceof Deno.errors.NotCapable
    ? "the program may not write there"
    : systemReason(error);
  const isFull = /os error 28|ENOSPC|os error 122|EDQUOT/.test(reason);
  const isOutOfFiles = /os error 24\b|EMFILE/.test(reason);
  const wayOut = isFull
    ? `Free some space, or ${advice}`
    : isOutOfFiles
    ? "Allow more open files with ulimit -n"
    : sentence(advice);
  return new WriteError(`Cannot write ${path}: ${reason}. ${wayOut}${cacheAdvice(path)}`, {
    cause: error,
  });
}

/** Whether a system error says that a place may be read and not written. */
export function isReadOnlyError(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    (error instanceof Error && /os error 30\b|EROFS/.test(error.message));
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Turns a system error of a read into one that names the path, what is wrong with it and, for the
 * cache, the variable that moves it. An error that is explained already stays as it is.
 */
export function explainReadError(path: string, error: unknown): LgdBenchError {
  if (error instanceof LgdBenchError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const reason = error instanceof Deno.errors.IsADirectory || /os error 21\b/.test(text)
    ? "it is a folder, expected a file"
    : error instanceof Deno.errors.NotADirectory || /os error 20\b/.test(text)
    ? "a part of its path is a file, expected a folder"
    : error instanceof Deno.errors.PermissionDenied
    ? "the user may not read it"
    : error instanceof Deno.errors.NotCapable
    ? "the program may not read there"
    : systemReason(error);
  return new DataError(`Cannot read ${path}: ${reason}${cacheAdvice(path)}`, { cause: error });
}

/** What is said of a path in the cache besides. */
function cacheAdvice(path: string): string {
  const folder = cacheFolder();
  if (path !== folder && !path.startsWith(`${folder}/`)) return "";
  return readVariable(cacheVariable) === undefined
    ? ". It is in the cache, all of which may be removed"
    : `. It is in the cache, all of which may be removed; ${cacheVariable} (${folder}) says where ` +
      "the cache is";
}

/** Bytes written at a time: a window on shared memory is copied before it is written. */
const writeBytes = 4 * 2 ** 20;

/** A file that is being written beside its final name. */
interface TemporaryFile {
  readonly file: Deno.FsFile;
  readonly temporary: string;
}

/** Opens a new file beside a path, locked, so that nothing sweeps it away as a leftover. */
async function openTemporary(path: string): Promise<TemporaryFile> {
  await Deno.mkdir(dirname(path), { recursive: true });
  for (;;) {
    const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    const file = await Deno.open(temporary, { write: true, createNew: true });
    if (await lockOwnFile(file, temporary)) return { file, temporary };
    file.close();
  }
}

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
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explainWriteError(path, error);
    }
  };
  const { file, temporary } = await attempt(() => openTemporary(path));
  const writeAll = async (bytes: Uint8Array) => {
    for (let start = 0; start < bytes.length; start += writeBytes) {
      let part = Uint8Array.from(bytes.subarray(start, start + writeBytes));
      while (part.length > 0) part = part.subarray(await file.write(part));
    }
  };
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
    // Locked until it has its own name: a sweep takes it for a leftover otherwise.
    await attempt(() => Deno.rename(temporary, path));
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  } finally {
    file.close();
  }
}

/**
 * Writes a file whole or not at all: to a temporary name in the same folder, then renamed. The
 * temporary file is locked while it is written, so that nothing sweeps it away as a leftover.
 *
 * @param options.advice The way out, for the error; default: another folder.
 * @throws {WriteError} when the folder is not writable or the disk is full; nothing is left behind.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: { advice?: string } = {},
): Promise<void> {
  let opened: TemporaryFile | undefined;
  try {
    opened = await openTemporary(path);
    await writeAll(opened.file, content);
    // Locked until it has its own name: a sweep takes it for a leftover otherwise.
    await Deno.rename(opened.temporary, path);
  } catch (error) {
    if (opened !== undefined) await Deno.remove(opened.temporary).catch(() => {});
    throw explainWriteError(path, error, options.advice);
  } finally {
    opened?.file.close();
  }
}

/** Writes a whole content to an open file: one call may write a part only. */
export async function writeAll(file: Deno.FsFile, content: string | Uint8Array): Promise<void> {
  let rest = typeof content === "string" ? new TextEncoder().encode(content) : content;
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
}

/**
 * A device or a pipe may be read without end.
 *
 * @throws {DataError} where a path is neither a file nor a folder; a folder says so when it is read.
 */
async function assertEnds(path: string): Promise<void> {
  const { isFile, isDirectory } = await Deno.stat(path);
  if (isFile || isDirectory) return;
  throw new DataError(`Cannot read ${path}: it is a device, a pipe or a socket, expected a file`);
}

/**
 * Text of a file, or undefined where there is none.
 *
 * @throws {DataError} where it cannot be read, e.g. because it is a folder.
 */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  try {
    await assertEnds(path);
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw explainReadError(path, error);
  }
}

/**
 * Bytes of a file, or undefined where there is none.
 *
 * @throws {DataError} where it cannot be read, e.g. because it is a folder.
 */
export async function readFileIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    await assertEnds(path);
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw explainReadError(path, error);
  }
}

/**
 * The project's folder: where `deno.json` lies; the working folder where the package was loaded from
 * a URL that is not a file. What ships with the package is found by {@linkcode packageFile}.
 */
export const projectFolder: string = import.meta.dirname === undefined
  ? "."
  : join(import.meta.dirname, "..");

/**
 * Path of a file or folder that ships with the package.
 *
 * @param path Relative to the package's folder, with `/`: `"data/emoji/concepts.json"`.
 * @param base URL of the package's folder. @default {where this package was loaded from}
 * @throws {DataError} where the package was loaded from a URL that is not a file: nothing but modules
 * can be read there.
 */
export function packageFile(path: string, base: URL = new URL("../", import.meta.url)): string {
  if (base.protocol === "file:") return fileURLToPath(new URL(path, base));
  throw new DataError(
    `Cannot read ${path}, which ships with lgd-bench: expected the package on disk, got ${base.href}. ` +
      'Download the package and name its folder under "links" in your deno.json',
  );
}

/** Environment variable that moves the cache. */
const cacheVariable = "LGD_BENCH_CACHE";

/** Where {@linkcode moveCacheFolder} has moved the cache. */
let movedCacheFolder: string | undefined;

/**
 * Folder of the content-keyed cache: rasterised icons, composed views, teacher embeddings.
 * `LGD_BENCH_CACHE` moves it; every file in it can be deleted at any time.
 */
export function cacheFolder(): string {
  if (movedCacheFolder !== undefined) return movedCacheFolder;
  const named = readVariable(cacheVariable);
  return named === undefined ? join(projectFolder, ".cache") : userPath(named);
}

/**
 * Moves the cache for this thread alone, or back. Tests run side by side in one process, where the
 * environment belongs to all of them.
 */
export function moveCacheFolder(folder: string | undefined): void {
  movedCacheFolder = folder;
}
