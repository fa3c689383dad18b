/**
 * Files of one JSON value a line, appended so that a crash can tear the last line only.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import { fillFrom } from "../data/file_reading.ts";
import { explainWriteError, readTextIfPresent } from "../files.ts";

/** What a file of JSON lines held. */
export interface JsonLines {
  /** The values of the whole lines, in order. */
  readonly values: unknown[];
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number;
  /** Numbers (from 1) of lines that are no JSON; the torn last line is not among them. */
  readonly damagedLines: number[];
}

/** How lines are checked. */
export interface JsonLinesOptions {
  /**
   * Every line, an object, ends with a checksum over itself and the checksum of the line before:
   * lines that were changed, added, moved or removed are damaged. @default {false}
   */
  readonly checked?: boolean;
}

/** Key of a line's checksum, the last of the line. */
const checksumKey = "crc32";
const lastKey = new RegExp(`,?"${checksumKey}":"([0-9a-f]{8})"\\}$`);

/** The checksum that a line states; that of nothing where it states none. */
function statedChecksum(line: string): number {
  return Number.parseInt(lastKey.exec(line)?.[1] ?? "0", 16);
}

/** The line of an object, with its checksum. */
function checkedLine(value: unknown, before: number): string {
  const text = JSON.stringify(value);
  if (!text.startsWith("{")) throw new TypeError("internal: a checked line is not an object");
  const sum = crc32(text, before).toString(16).padStart(8, "0");
  const comma = text === "{}" ? "" : ",";
  return `${text.slice(0, -1)}${comma}"${checksumKey}":"${sum}"}`;
}

/** The text of a line without its checksum; undefined where the checksum is not right. */
function uncheckedLine(line: string, before: number): string | undefined {
  const match = lastKey.exec(line);
  if (match === null) return undefined;
  const text = line.slice(0, match.index) + "}";
  return crc32(text, before) === statedChecksum(line) ? text : undefined;
}

/** Reads a file of JSON lines; a torn last line is left out, a missing file is empty. */
export async function readJsonLines(
  path: string,
  options: JsonLinesOptions = {},
): Promise<JsonLines> {
  const text = await readTextIfPresent(path) ?? "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const values: unknown[] = [];
  const damagedLines: number[] = [];
  let before = 0;
  for (const [index, line] of whole.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      const content = options.checked ? uncheckedLine(line, before) : line;
      if (content === undefined) damagedLines.push(index + 1);
      else values.push(JSON.parse(content));
    } catch {
      damagedLines.push(index + 1);
    }
    before = statedChecksum(line);
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
  options: JsonLinesOptions & { sync?: boolean } = {},
): Promise<void> {
  // One after the other: two that look for the end at once would write over each other.
  const before = pending.get(path);
  const write = (async () => {
    await before?.catch(() => {});
    await appendNow(path, values, options);
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

async function appendNow(
  path: string,
  values: readonly unknown[],
  { checked = false, sync = true }: JsonLinesOptions & { sync?: boolean },
): Promise<void> {
  try {
    using file = await Deno.open(path, { read: true, write: true, create: true });
    const end = await wholeLength(file);
    await file.truncate(end);
    let before = checked ? await lastChecksum(file, end) : 0;
    await file.seek(end, Deno.SeekMode.Start);
    const lines = values.map((value) => {
      if (!checked) return JSON.stringify(value);
      const line = checkedLine(value, before);
      before = statedChecksum(line);
      return line;
    });
    const text = lines.map((line) => line + "\n").join("");
    let rest: Uint8Array = new TextEncoder().encode(text);
    while (rest.length > 0) rest = rest.subarray(await file.write(rest));
    if (sync) await file.syncData();
  } catch (error) {
    throw explainWriteError(path, error);
  }
}

/** The checksum that the last line of a file states, whose whole lines end at `end`. */
async function lastChecksum(file: Deno.FsFile, end: number): Promise<number> {
  const tail = new Uint8Array(Math.min(end, 64));
  await file.seek(end - tail.length, Deno.SeekMode.Start);
  await fillFrom(file, tail);
  return statedChecksum(new TextDecoder().decode(tail).trimEnd());
}

/** Bytes of an open file up to the end of its last whole line. */
async function wholeLength(file: Deno.FsFile): Promise<number> {
  const block = new Uint8Array(4096);
  let end = (await file.stat()).size;
  while (end > 0) {
    const start = Math.max(0, end - block.length);
    await file.seek(start, Deno.SeekMode.Start);
    const filled = await fillFrom(file, block.subarray(0, end - start));
    const newline = block.subarray(0, filled).lastIndexOf(10);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}
