/**
 * What can be wrong with a history's file, and the way out.
 *
 * @module
 */

import { DataError, LgdBenchError, TryAgainError } from "../errors.ts";
import { explainReadError, explainWriteError } from "../files.ts";
import { describeForeignBytes } from "../foreign_file.ts";

/** A night lies before one that is there already, or in the future; exit code 3. */
export class ClockError extends DataError {}

/** What to do about a file that cannot be read. */
const wayOut =
  "Move it aside and put back a copy, e.g. the artifact of an earlier night; without " +
  "one the next night begins a new history, and `history add` fills it from kept run folders";

/** A damaged history. */
export function damagedHistory(path: string, reason: string, cause?: unknown): DataError {
  return new DataError(`The history ${path} is damaged: ${reason}. ${wayOut}`, { cause });
}

/** What to do where nothing can be written. */
const writeAdvice = "name another file by --history";

/** First bytes of a file; none where it cannot be read. */
async function firstBytes(path: string): Promise<Uint8Array> {
  try {
    using file = await Deno.open(path);
    const bytes = new Uint8Array(512);
    return bytes.subarray(0, await file.read(bytes) ?? 0);
  } catch {
    return new Uint8Array(0);
  }
}

/** The error for a file that is no SQLite database. */
async function notDatabase(path: string, cause: unknown): Promise<DataError> {
  const bytes = await firstBytes(path);
  if (new TextDecoder().decode(bytes.subarray(0, 15)) === "SQLite format 3") {
    return damagedHistory(path, "its first page cannot be read", cause);
  }
  const kind = describeForeignBytes(bytes);
  return kind === undefined
    ? damagedHistory(path, "it is not an SQLite database", cause)
    : damagedHistory(path, `it is ${kind}`, cause);
}

/**
 * Turns an error of SQLite, or of the system, into one that names the file and the way out.
 *
 * @param doing What could not be done.
 */
export async function explainHistoryError(
  path: string,
  error: unknown,
  doing: "read" | "write" = "read",
): Promise<LgdBenchError> {
  if (error instanceof LgdBenchError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (/database (table )?is locked|database is busy/.test(text)) {
    return new TryAgainError(
      `The history ${path} is locked by another program. Wait for it to end, or close it, and run ` +
        "the same command again: nothing was changed",
      { cause: error },
    );
  }
  if (/not a database/.test(text)) return await notDatabase(path, error);
  if (/malformed|corrupt|no such (table|column)|constraint failed|datatype mismatch/.test(text)) {
    return damagedHistory(path, text, error);
  }
  if (/readonly database|read-only|disk is full/.test(text)) {
    return explainWriteError(path, error, writeAdvice);
  }
  const isOfSystem = error instanceof Deno.errors.NotCapable ||
    /unable to open|\(os error \d+\)/.test(text);
  if (!isOfSystem) return damagedHistory(path, text, error);
  return doing === "write"
    ? explainWriteError(path, error, writeAdvice)
    : explainReadError(path, error);
}
