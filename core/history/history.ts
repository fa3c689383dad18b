/**
 * The history of nights: adding, merging, and the lines that numbers draw over time.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { basename, dirname, join, resolve } from "node:path";
import { DataError } from "../errors.ts";
import { explainWriteError } from "../files.ts";
import {
  contentOfNights,
  emptyContent,
  type HistoryContent,
  type StoredNight,
  toNightNumber,
  uniteContents,
} from "./history_content.ts";
import { ClockError, explainHistoryError } from "./history_errors.ts";
import {
  checkHistoryFile,
  type HistoryIndex,
  lineReader,
  readContent,
  readIndex,
  writeContent,
} from "./history_file.ts";
import { type HistoryLine, type LineFilter, linesOfPosition, type SeriesPoint } from "./line.ts";
import { checkNight, type NightRecord } from "./night_record.ts";

/** Settings of {@linkcode openHistory}. */
export interface OpenHistoryOptions {
  /** Whether nothing will be added; the file must be there then. @default {false} */
  readonly readOnly?: boolean;
  /** Seconds to wait for another program that has the file locked. @default {5} */
  readonly waitSeconds?: number;
}

/** Settings of {@linkcode History.add}. */
export interface AddOptions {
  /**
   * Takes a night that lies before the latest one of its table, size and branch, or in the future.
   *
   * @default {false}
   */
  readonly anyTime?: boolean;
}

/** A night without its numbers. */
export type NightSummary = Omit<StoredNight, "numbersHash" | "basis">;

const emptyIndex: HistoryIndex = { texts: new Map(), nights: [], positions: [] };

function summarize({ numbersHash: _hash, basis: _basis, ...night }: StoredNight): NightSummary {
  return night;
}

/** How far ahead of this machine's clock the time of a night may be, milliseconds. */
const aheadMilliseconds = 24 * 3600 * 1000;

/** The nights of one file. Made by {@linkcode openHistory}. */
export class History {
  /** Path of the file, absolute. */
  readonly path: string;
  readonly #readOnly: boolean;
  readonly #wait: number;
  #database: DatabaseSync | undefined;
  #index: HistoryIndex | undefined;

  /** @see openHistory */
  constructor(path: string, options: { readOnly: boolean; waitSeconds: number }) {
    this.path = path;
    this.#readOnly = options.readOnly;
    this.#wait = Math.round(1000 * options.waitSeconds);
  }

  /** The open file for reading; undefined while there is none. */
  async #open(): Promise<DatabaseSync | undefined> {
    if (this.#database !== undefined) return this.#database;
    if (!(await fileExists(this.path))) {
      if (!this.#readOnly) return undefined;
      throw new DataError(
        `Cannot read the history ${this.path}: there is no such file. The first night makes it; add ` +
          "finished runs by `history add RUN`",
      );
    }
    const database = new DatabaseSync(this.path, { readOnly: true, timeout: this.#wait });
    try {
      checkHistoryFile(database, this.path);
    } catch (error) {
      database.close();
      throw error;
    }
    return this.#database = database;
  }

  /** Reads something; `otherwise` while there is no file. */
  async #read<T>(otherwise: T, read: (database: DatabaseSync) => T): Promise<T> {
    try {
      const database = await this.#open();
      return database === undefined ? otherwise : read(database);
    } catch (error) {
      throw await explainHistoryError(this.path, error);
    }
  }

  /** What the history holds but for the numbers. */
  async #readIndex(): Promise<HistoryIndex> {
    return await this.#read(
      emptyIndex,
      (database) => this.#index ??= readIndex(database, this.path),
    );
  }

  /** Everything that the history holds. */
  async content(): Promise<HistoryContent> {
    return await this.#read(emptyContent, (database) => readContent(database, this.path));
  }

  /** The nights by time, without their numbers. */
  async nights(): Promise<NightSummary[]> {
    return (await this.#readIndex()).nights.map(summarize);
  }

  /** Names of all positions, sorted. */
  async positions(): Promise<string[]> {
    return (await this.#readIndex()).positions.map(({ name }) => name);
  }

  /**
   * The lines that numbers draw over the nights: one for each position and size, and for numbers that
   * tell of the machine one for each class of it. Sorted by position, size and machine.
   */
  async lines(filter: LineFilter = {}): Promise<HistoryLine[]> {
    const { texts, nights, positions } = await this.#readIndex();
    return await this.#read<HistoryLine[]>([], (database) => {
      const read = lineReader(database, this.path, texts);
      return positions.filter(({ name }) => filter.position?.(name) ?? true)
        .flatMap((position) => linesOfPosition(position.name, read(position), nights, filter));
    });
  }

  /**
   * The numbers at one position by time, whatever size and machine; see {@linkcode lines} for what is
   * comparable.
   */
  async series(
    position: string,
    filter: Omit<LineFilter, "position"> = {},
  ): Promise<SeriesPoint[]> {
    const lines = await this.lines({ ...filter, position: (name) => name === position });
    return lines.flatMap(({ points }) => points)
      .sort((a, b) => a.order - b.order);
  }

  /**
   * Checks that nights could be added: the file is written anew in its folder.
   *
   * @throws {WriteError} where they could not.
   */
  async assertWritable(): Promise<void> {
    const probe = `${this.path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    try {
      await Deno.mkdir(dirname(this.path), { recursive: true });
      await Deno.writeTextFile(probe, "");
      await Deno.remove(probe);
    } catch (error) {
      throw explainWriteError(this.path, error);
    }
  }

  /** All nights with their numbers, as they were added. */
  async records(): Promise<NightRecord[]> {
    return recordsOf(await this.content());
  }

  /**
   * A night with the same numbers of the same commit, branch, machine, table and size, whatever its
   * time: the same run, added from a copy.
   */
  async findTwin(night: NightRecord): Promise<NightSummary | undefined> {
    const { nights: [own] } = contentOfNights([night]);
    const { nights } = await this.#readIndex();
    const twin = nights.find((other) =>
      (["numbersHash", "commit", "branch", "machine", "table", "size"] as const)
        .every((key) => other[key] === own![key])
    );
    return twin && summarize(twin);
  }

  /**
   * Adds a night. A night is known by its id, so adding it again changes nothing.
   *
   * @throws {ClockError} where it lies before the latest night of its table, size and branch, or in
   * the future: the clock went backwards, or the night is an older one. Nothing is changed.
   * @throws {TryAgainError} where another program has the file locked.
   * @throws {DataError} where the file is damaged, of a newer version, or cannot be written.
   */
  async add(night: NightRecord, options: AddOptions = {}): Promise<"added" | "already there"> {
    const { added } = await this.addAll([night], options);
    return added > 0 ? "added" : "already there";
  }

  /** Adds nights, all or none; see {@linkcode add}. */
  async addAll(
    nights: readonly NightRecord[],
    options: AddOptions = {},
  ): Promise<{ readonly added: number; readonly alreadyThere: number }> {
    const checked = nights.map(checkNight);
    return await this.#unite(contentOfNights(checked), (content) => {
      if (options.anyTime) return;
      for (const night of checked) assertAfter(this.path, content, night);
    });
  }

  /**
   * Adds every night of another history. The result does not depend on which is merged into which,
   * nor on how often: the same nights give a file of the same bytes.
   */
  async merge(other: History): Promise<{ readonly added: number; readonly alreadyThere: number }> {
    return await this.#unite(await other.content(), () => {});
  }

  async #unite(
    more: HistoryContent,
    check: (content: HistoryContent) => void,
  ): Promise<{ added: number; alreadyThere: number }> {
    if (this.#readOnly) {
      throw new DataError(`internal: the history ${this.path} was opened to be read only`);
    }
    try {
      let added = 0;
      await changeFile(this.path, this.#wait, (content) => {
        check(content);
        const united = uniteContents(content, more);
        added = united.nights.length - content.nights.length;
        return united;
      });
      if (added > 0) this.close();
      return { added, alreadyThere: more.nights.length - added };
    } catch (error) {
      throw await explainHistoryError(this.path, error, "write");
    }
  }

  /** Closes the file. The next call opens it again. */
  close(): void {
    this.#database?.close();
    this.#database = undefined;
    this.#index = undefined;
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** The nights of a content with their numbers. */
export function recordsOf({ nights, positions }: HistoryContent): NightRecord[] {
  const numbers = nights.map((): NightRecord["numbers"][number][] => []);
  for (const [name, rows] of positions) {
    for (const row of rows) numbers[row.night]!.push(toNightNumber(name, row));
  }
  return nights.map(({ numbersHash: _hash, count: _count, ...night }, index) => ({
    ...night,
    numbers: numbers[index]!,
  }));
}

/** @throws {ClockError} where a night lies before the latest one of its kind, or in the future. */
function assertAfter(path: string, { nights }: HistoryContent, night: NightRecord): void {
  if (nights.some(({ id }) => id === night.id)) return;
  const of = `the night of ${night.time} (${night.table}, ${night.size})`;
  const advice = "Set the clock right and run the same command again: what was measured is kept. " +
    "Where the time is right, add the run by `history add RUN --any-time`";
  if (Date.parse(night.time) > Date.now() + aheadMilliseconds) {
    throw new ClockError(
      `Cannot add ${of} to the history ${path}: it is ${
        new Date().toISOString()
      } by this machine's ` +
        `clock, so the night lies in the future. ${advice}`,
    );
  }
  const latest = nights.findLast(({ table, size, branch }) =>
    table === night.table && size === night.size && branch === night.branch
  );
  if (latest === undefined || latest.time <= night.time) return;
  throw new ClockError(
    `Cannot add ${of} to the history ${path}: it has a later one of the same table and branch, of ` +
      `${latest.time}. The clock went backwards, or the night is an older one. ${advice}`,
  );
}

async function fileExists(path: string): Promise<boolean> {
  try {
    const { isFile } = await Deno.stat(path);
    if (isFile) return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  throw new DataError(
    `Cannot use ${path} as a history: it is a folder or a device, expected a file`,
  );
}

/** Inode of a file. */
async function inodeOf(path: string): Promise<string> {
  const { dev, ino } = await Deno.stat(path);
  return `${dev}:${ino}`;
}

/** Writes an empty history, unless another process is faster. */
async function createFile(path: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    writeContent(temporary, emptyContent);
    // Unlike a rename, a link does not replace what another process has made meanwhile.
    await Deno.link(temporary, path).catch(async (error) => {
      // Whoever was faster may have swept the temporary file away, too.
      if (error instanceof Deno.errors.AlreadyExists || await fileExists(path)) return;
      // A file system without links.
      await Deno.rename(temporary, path);
    });
  } finally {
    await Deno.remove(temporary).catch(() => {});
  }
}

/** Removes what killed processes have left beside a history; nobody else writes it meanwhile. */
async function removeLeftovers(path: string): Promise<void> {
  const start = `${basename(path)}.`;
  for await (const { name } of Deno.readDir(dirname(path))) {
    if (name.startsWith(start) && /^[0-9a-f]{8}\.tmp(-journal)?$/.test(name.slice(start.length))) {
      await Deno.remove(join(dirname(path), name)).catch(() => {});
    }
  }
}

/** Opens a history and locks it against others that change it. */
async function openLocked(path: string, waitMilliseconds: number): Promise<DatabaseSync> {
  for (;;) {
    const before = await inodeOf(path);
    const database = new DatabaseSync(path, { timeout: waitMilliseconds });
    try {
      checkHistoryFile(database, path);
      // Nothing is written through this connection; it holds SQLite's own lock for writers.
      database.exec("PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE");
      if (before === await inodeOf(path)) return database;
    } catch (error) {
      database.close();
      throw error;
    }
    // Replaced while this process waited: the new file is the one to lock.
    database.close();
  }
}

/** Replaces the content of a history under a lock; what it was is left where nothing changes. */
async function changeFile(
  path: string,
  waitMilliseconds: number,
  change: (content: HistoryContent) => HistoryContent,
): Promise<void> {
  if (!(await fileExists(path))) await createFile(path);
  const database = await openLocked(path, waitMilliseconds);
  try {
    const content = readContent(database, path);
    const changed = change(content);
    if (changed === content) return;
    await removeLeftovers(path);
    const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    try {
      writeContent(temporary, changed);
      await Deno.rename(temporary, path);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      throw error;
    }
  } finally {
    database.close();
  }
}

/**
 * Opens a history. Where there is no file, it is made by the first night that is added.
 *
 * @param path The SQLite file; a link is followed.
 * @throws {DataError} where it is not a history, is damaged, or was written by a newer version.
 * @throws {TryAgainError} where another program has it locked.
 */
export async function openHistory(
  path: string,
  options: OpenHistoryOptions = {},
): Promise<History> {
  const { readOnly = false, waitSeconds = 5 } = options;
  // A link is followed, so that the file is replaced and not the link.
  const place = await Deno.realPath(path).catch(() => resolve(path));
  const history = new History(place, { readOnly, waitSeconds });
  // What is wrong with the file is said now, not after the work of a night.
  await history.nights();
  return history;
}
