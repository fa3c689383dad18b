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
 * Entries of a folder.
 *
 * @throws {DataError} where it cannot be read: a class must not vanish for a missing permission.
 */
export async function* readEntries(
  reader: DirectoryReader,
  path: string,
): AsyncGenerator<DirectoryEntry> {
  try {
    yield* reader.readDir(path);
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
  readDir: (path) => Deno.readDir(path),
  realPath: (path) => Deno.realPath(path),
  stat: (path) => Deno.stat(path),
};
