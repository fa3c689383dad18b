/**
 * Reading parts of files.
 *
 * @module
 */

/** Reads until `target` is full or the file ends; returns how many bytes were read. */
export async function fillFrom(file: Deno.FsFile, target: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const count = await file.read(target.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}

/** {@linkcode fillFrom}, while the thread waits: for reads that are small and many. */
export function fillFromSync(file: Deno.FsFile, target: Uint8Array): number {
  let filled = 0;
  while (filled < target.length) {
    const count = file.readSync(target.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}
