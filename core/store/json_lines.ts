/**
 * Files of one JSON value a line, appended so that a crash can tear the last line only.
 *
 * @module
 */

import { WriteError } from "../errors.ts";
import { readTextIfPresent } from "../files.ts";

/** What a file of JSON lines held. */
export interface JsonLines {
  /** The values of the whole lines, in order. */
  readonly values: unknown[];
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number;
  /** Numbers (from 1) of lines that are no JSON; the torn last line is not among them. */
  readonly damagedLines: number[];
}

/** Reads a file of JSON lines; a torn last line is left out, a missing file is empty. */
export async function readJsonLines(path: string): Promise<JsonLines> {
  const text = await readTextIfPresent(path) ?? "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const values: unknown[] = [];
  const damagedLines: number[] = [];
  for (const [index, line] of whole.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      values.push(JSON.parse(line));
    } catch {
      damagedLines.push(index + 1);
    }
  }
  return { values, wholeBytes: new TextEncoder().encode(whole).length, damagedLines };
}

/**
 * Appends values and brings them to the disk; a torn last line is cut off first.
 *
 * @throws {WriteError} when the file cannot be written.
 */
export async function appendJsonLines(
  path: string,
  values: readonly unknown[],
  options: { sync?: boolean } = {},
): Promise<void> {
  // One after the other: two that look for the end at once would write over each other.
  const before = pending.get(path);
  const write = (async () => {
    await before?.catch(() => {});
    await appendNow(path, values, options.sync ?? true);
  })();
  pending.set(path, write);
  try {
    await write;
  } finally {
    if (pending.get(path) === write) pending.delete(path);
  }
}

/** Last unfinished write of this thread by path. */
const pending = new Map<string, Promise<void>>();

async function appendNow(path: string, values: readonly unknown[], sync: boolean): Promise<void> {
  try {
    using file = await Deno.open(path, { read: true, write: true, create: true });
    const end = await wholeLength(file);
    await file.truncate(end);
    await file.seek(end, Deno.SeekMode.Start);
    const text = values.map((value) => JSON.stringify(value) + "\n").join("");
    let rest: Uint8Array = new TextEncoder().encode(text);
    while (rest.length > 0) rest = rest.subarray(await file.write(rest));
    if (sync) await file.syncData();
  } catch (error) {
    throw new WriteError(`Cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Bytes of an open file up to the end of its last whole line. */
async function wholeLength(file: Deno.FsFile): Promise<number> {
  const block = new Uint8Array(4096);
  let end = (await file.stat()).size;
  while (end > 0) {
    const start = Math.max(0, end - block.length);
    await file.seek(start, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < end - start) {
      const count = await file.read(block.subarray(filled, end - start));
      if (count === null) break;
      filled += count;
    }
    const newline = block.subarray(0, filled).lastIndexOf(10);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}
