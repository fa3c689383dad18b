/**
 * What a listing needs of a file system; a test or a benchmark may bring another.
 *
 * @module
 */

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

/** The file system. */
export const fileSystem: DirectoryReader = {
  readDir: (path) => Deno.readDir(path),
  realPath: (path) => Deno.realPath(path),
  stat: (path) => Deno.stat(path),
};
