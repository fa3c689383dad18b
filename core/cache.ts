/**
 * Files of the cache. A cache that cannot be read or written costs time, not the run: what is needed
 * is made again in memory, with a warning. What is too large for that ends the run with an error that
 * names the variable.
 *
 * @module
 */

import { type DataError, WriteError } from "./errors.ts";
import { cacheFolder, systemReason } from "./files.ts";

const variable = "LGD_BENCH_CACHE";

/** The way out of every trouble with the cache. */
const advice = `Set ${variable} to a folder that can be written`;

/** Whether an error says that a place cannot be used, and not that the program is wrong. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.IsADirectory ||
    (error instanceof Error && /\(os error \d+\)/.test(error.message));
}

/**
 * Opens a cache file to read it; undefined where it is not there, or cannot be opened: then it is made
 * again, and writing it tells what is wrong with the place.
 */
export async function openCacheFile(path: string): Promise<Deno.FsFile | undefined> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    if (isOfSystem(error)) return undefined;
    throw error;
  }
  // Linux opens a folder too, and refuses to read it.
  if ((await file.stat()).isFile) return file;
  file.close();
  return undefined;
}

/** Bytes of a cache file; undefined where {@linkcode openCacheFile} gives none. */
export async function readCacheFile(path: string): Promise<Uint8Array | undefined> {
  const file = await openCacheFile(path);
  if (file === undefined) return undefined;
  file.close();
  return await Deno.readFile(path);
}

/** Why the cache could not be written, in this thread, until somebody takes it. */
let problem: string | undefined;

/**
 * Why something could not be kept in the cache since the last call, as a warning for the user. It says
 * nothing of the numbers, so no outcome keeps it.
 */
export function takeCacheProblem(): string | undefined {
  const found = problem;
  problem = undefined;
  return found;
}

/**
 * Writes something to the cache that is in memory anyhow.
 *
 * @returns Whether it is there now; where it is not, {@linkcode takeCacheProblem} says why.
 */
export async function keepInCache(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    problem =
      `Cannot write to the cache ${cacheFolder()}: ${placeReason(error)}. The run goes on ` +
      `without it, and the next one does the same work again. ${advice}`;
    return false;
  }
}

/** What is wrong with the cache, in the same words for each of its files. */
function placeReason({ cause }: WriteError): string {
  return cause instanceof Deno.errors.NotCapable
    ? "the program may not touch that place"
    : systemReason(cause);
}

/**
 * The error for what must go through the cache, for it is too large for memory.
 *
 * @param what `"the views of …"`.
 */
export function cacheRequiredError(what: string, error: WriteError): DataError {
  return new WriteError(
    `Cannot write ${what}, which are too many to be kept in memory, to the cache ${cacheFolder()}: ` +
      `${placeReason(error)}. ${advice}`,
    { cause: error },
  );
}
