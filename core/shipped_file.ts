/**
 * Files that ship with the package: each with a file `NAME.sha256` beside it, by which it is checked.
 *
 * @module
 */

import { DataError } from "./errors.ts";
import { readFileIfPresent, readTextIfPresent, sha256 } from "./files.ts";

/** Path of the checksum of a file. */
export function checksumPath(path: string): string {
  return `${path}.sha256`;
}

/** The text of the checksum of a file, as `sha256sum -c` reads it. */
export function formatChecksum(content: Uint8Array, name: string): string {
  return `${sha256(content)}  ${name}\n`;
}

/**
 * The bytes of a file, compared with its checksum.
 *
 * @param options.optional Whether there may be none: files that a user brings.
 * @throws {DataError} where the file or its checksum is missing, or they do not fit together.
 */
export async function readShippedFile(
  path: string,
  { optional = false }: { optional?: boolean } = {},
): Promise<Uint8Array> {
  const [bytes, text] = await Promise.all([
    readFileIfPresent(path),
    readTextIfPresent(checksumPath(path)),
  ]);
  const wayOut = "Restore the file from the repository";
  if (bytes === undefined) {
    throw new DataError(`Cannot read ${path}: the file is missing. ${wayOut}`);
  }
  if (text === undefined) {
    if (optional) return bytes;
    throw new DataError(`Cannot read ${checksumPath(path)}: the file is missing. ${wayOut}`);
  }
  if (text.slice(0, 64) !== sha256(bytes)) {
    throw new DataError(
      `Cannot use ${path}: its content does not match ${
        checksumPath(path)
      }: it was changed, or not ` +
        `copied whole. ${wayOut}`,
    );
  }
  return bytes;
}
