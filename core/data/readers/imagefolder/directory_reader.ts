/**
 * What a listing needs of a file system; a test or a benchmark may bring another.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";

/** An entry of a folder. A reader may give the same object again and again. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
}

/** Reads folders. */
export interface DirectoryReader {
  /** Entries of a folder, in any order, without a look at each file. */
  readDir(path: string): AsyncIterable<DirectoryEntry> | Iterable<DirectoryEntry>;
  /** The path with all links resolved. @throws where it leads nowhere. */
  realPath(path: string): Promise<string>;
  /** What a path leads to. */
  stat(path: string): Promise<{ readonly isFile: boolean; readonly isDirectory: boolean }>;
}

/**
 * Reads the entries of a folder, one after the other.
 *
 * @throws {DataError} where it cannot be read: a class must not vanish for a missing permission.
 */
export async function readEntries(
  reader: DirectoryReader,
  path: string,
  each: (entry: DirectoryEntry) => void,
): Promise<void> {
  try {
    const entries = reader.readDir(path);
    // A promise for each of a million entries would cost more memory than their names.
    if (Symbol.iterator in entries) { for (const entry of entries) each(entry); }
    else for await (const entry of entries) each(entry);
  } catch (error) {
    throw new DataError(
      `Cannot read the folder ${path}: ${
        error instanceof Error ? error.message : String(error)
      }. Let it be read, or move it out of the data set`,
      { cause: error },
    );
  }
}

/** The file system. */
export const fileSystem: DirectoryReader = {
  readDir: (path) => Deno.readDirSync(path),
  realPath: (path) => Deno.realPath(path),
  stat: (path) => Deno.stat(path),
};
