/**
 * The file of a history: an SQLite database that anybody may query. It is always written as a whole
 * beside its old version, in canonical order, and renamed: what is killed meanwhile leaves the old
 * one, a copy is complete without journals beside it, and the same nights give the same bytes.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { DataError } from "../errors.ts";
import { sha256 } from "../files.ts";
import { canonicalJson, type HistoryContent, type StoredNumber } from "./history_content.ts";
import type { StoredNight } from "./history_content.ts";
import { damagedHistory } from "./history_errors.ts";
import { type Basis, compareText, hashNight } from "./night_record.ts";

/** Version of the tables; a program refuses what is newer. */
export const historySchemaVersion = 1;

/** "lgdH": what tells a history from other SQLite files. */
const applicationId = 0x6c676448;

const tables = `
CREATE TABLE texts (text_key INTEGER PRIMARY KEY, content TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE nights (
  night INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time TEXT NOT NULL, git_commit TEXT,
  branch TEXT, machine TEXT NOT NULL, table_name TEXT NOT NULL, size TEXT NOT NULL,
  basis INTEGER REFERENCES texts, numbers_hash TEXT NOT NULL, numbers INTEGER NOT NULL
) STRICT;
CREATE TABLE positions (
  position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, checksum TEXT NOT NULL
) STRICT;
CREATE TABLE numbers (
  position INTEGER NOT NULL REFERENCES positions, night INTEGER NOT NULL REFERENCES nights,
  value REAL NOT NULL, low REAL, high REAL, samples INTEGER, seeds INTEGER,
  meaning INTEGER REFERENCES texts, PRIMARY KEY (position, night)
) STRICT, WITHOUT ROWID;
CREATE TABLE seal (nights INTEGER NOT NULL, positions INTEGER NOT NULL, checksum TEXT NOT NULL) STRICT;
CREATE VIEW history AS
  SELECT n.id AS night, n.time, n.git_commit, n.branch, n.machine, n.table_name, n.size,
    p.name AS position, v.value, v.low, v.high, v.samples, v.seeds
  FROM numbers v JOIN nights n USING (night) JOIN positions p USING (position)
  ORDER BY p.name, n.night;
`;

/** One row of `numbers` without its position. */
type NumberRow = [
  night: number,
  value: number,
  low: number | null,
  high: number | null,
  samples: number | null,
  seeds: number | null,
  meaning: number | null,
];

/** A statement whose rows are arrays: reading many numbers takes a quarter of the time. */
function prepareArrays(database: DatabaseSync, sql: string) {
  const statement = database.prepare(sql);
  // Deno's types do not have it yet.
  (statement as unknown as { setReturnArrays(on: boolean): void }).setReturnArrays(true);
  return statement;
}

/** Checksum of the numbers of one position: its name, every field, and the texts that they name. */
function lineChecksum(
  name: string,
  rows: readonly NumberRow[],
  texts: ReadonlyMap<number, string>,
): string {
  const packed = new Float64Array(7 * rows.length);
  const named = new Set<number>();
  let place = 0;
  for (const row of rows) {
    for (let field = 0; field < 7; field++) packed[place++] = row[field] ?? NaN;
    if (row[6] !== null) named.add(row[6]);
  }
  const hash = createHash("sha256").update(`${name}\0`).update(Buffer.from(packed.buffer));
  for (const key of named) hash.update(texts.get(key) ?? "").update("\0");
  return hash.digest("hex");
}

/**
 * Checks that an open database is a history of this version.
 *
 * @throws {DataError} where it is not.
 */
export function checkHistoryFile(database: DatabaseSync, path: string): void {
  const read = (pragma: string) => Object.values(database.prepare(`PRAGMA ${pragma}`).get()!)[0];
  const version = Number(read("user_version"));
  if (read("application_id") !== applicationId) {
    const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()!.n);
    if (tables === 0) throw damagedHistory(path, "it holds nothing, not even empty tables");
    throw new DataError(
      `Cannot use ${path} as a history: it is an SQLite database of another program. Name the file ` +
        "of a history by --history",
    );
  }
  if (version > historySchemaVersion) {
    throw new DataError(
      `Cannot use the history ${path}: it was written by a newer version of lgd-bench (schema ` +
        `${version}, expected at most ${historySchemaVersion}). Use that version, or name another ` +
        "file by --history; nothing was changed",
    );
  }
  if (version !== historySchemaVersion) {
    throw damagedHistory(path, `its schema is ${version}, expected ${historySchemaVersion}`);
  }
}

/** Texts by their keys. */
function readTexts(database: DatabaseSync): Map<number, string> {
  const rows = prepareArrays(database, "SELECT text_key, content FROM texts").all();
  return new Map(rows as unknown as [number, string][]);
}

/**
 * The nights, in order.
 *
 * @throws {DataError} where one does not fit its id.
 */
function readNights(
  database: DatabaseSync,
  path: string,
  texts: ReadonlyMap<number, string>,
): StoredNight[] {
  const rows = database.prepare("SELECT * FROM nights ORDER BY night").all();
  // Nights share few bases: one object for each, so that equal ones are found at once.
  const bases = new Map<number, Basis>();
  const basisOf = (key: number) => {
    const text = texts.get(key);
    if (text === undefined || bases.has(key)) return bases.get(key);
    bases.set(key, JSON.parse(text));
    return bases.get(key);
  };
  return rows.map((row, index) => {
    const text = (key: string) => row[key] === null ? undefined : String(row[key]);
    const optional = {
      commit: text("git_commit"),
      branch: text("branch"),
      basis: row.basis === null ? undefined : basisOf(Number(row.basis)),
    };
    const night = {
      id: String(row.id),
      time: String(row.time),
      machine: String(row.machine),
      table: String(row.table_name),
      size: String(row.size),
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
      numbersHash: String(row.numbers_hash),
      count: Number(row.numbers),
    } as StoredNight;
    if (row.night !== index + 1 || hashNight(night, night.numbersHash) !== night.id) {
      throw damagedHistory(path, `night ${index + 1}, of ${night.time}, does not fit its checksum`);
    }
    return night;
  });
}

/** A position, and what its numbers must add up to. */
export interface StoredPosition {
  /** Key in the file. */
  readonly key: number;
  /** Its name. */
  readonly name: string;
  /** Checksum of its numbers. */
  readonly checksum: string;
}

/** What a history holds but for the numbers. */
export interface HistoryIndex {
  /** Texts by their keys. */
  readonly texts: ReadonlyMap<number, string>;
  /** Nights, in order. */
  readonly nights: readonly StoredNight[];
  /** Positions, sorted by name. */
  readonly positions: readonly StoredPosition[];
}

/** Checksum over all nights and positions, by which one that is gone is missed. */
function sealOf(
  nights: readonly { readonly id: string }[],
  positions: readonly Omit<StoredPosition, "key">[],
): string {
  return sha256(
    ...nights.map(({ id }) => `${id}\n`),
    ...positions.map(({ name, checksum }) => `${checksum} ${name}\n`),
  );
}

/**
 * Everything that an open history holds but for the numbers, checked.
 *
 * @throws {DataError} where something was changed or is missing.
 */
export function readIndex(database: DatabaseSync, path: string): HistoryIndex {
  const texts = readTexts(database);
  const nights = readNights(database, path, texts);
  const positions = database
    .prepare("SELECT position, name, checksum FROM positions ORDER BY position").all()
    .map((row) => ({
      key: Number(row.position),
      name: String(row.name),
      checksum: String(row.checksum),
    }));
  const seal = database.prepare("SELECT checksum FROM seal").get();
  if (seal?.checksum !== sealOf(nights, positions)) {
    throw damagedHistory(path, "nights or numbers do not fit the checksum over all of them");
  }
  return { texts, nights, positions };
}

/**
 * Reads numbers of positions.
 *
 * @throws {DataError} of a position whose numbers do not fit its checksum.
 */
export function lineReader(
  database: DatabaseSync,
  path: string,
  texts: ReadonlyMap<number, string>,
): (position: StoredPosition) => StoredNumber[] {
  const statement = prepareArrays(
    database,
    "SELECT night, value, low, high, samples, seeds, meaning FROM numbers " +
      "WHERE position = ? ORDER BY night",
  );
  return ({ key, name, checksum }) => {
    const rows = statement.all(key) as unknown as NumberRow[];
    if (lineChecksum(name, rows, texts) !== checksum) {
      throw damagedHistory(path, `the numbers of ${name} do not fit their checksum`);
    }
    return rows.map(([night, value, low, high, samples, seeds, meaning]) => ({
      night: night - 1,
      value,
      low,
      high,
      samples,
      seeds,
      meaning: meaning === null ? null : texts.get(meaning) ?? null,
    }));
  };
}

/** Everything that an open history holds, checked. */
export function readContent(database: DatabaseSync, path: string): HistoryContent {
  const { texts, nights, positions } = readIndex(database, path);
  const read = lineReader(database, path, texts);
  return {
    nights,
    positions: new Map(positions.map((position) => [position.name, read(position)])),
  };
}

/** Every text of a content, sorted, with its key. */
function collectTexts({ nights, positions }: HistoryContent): Map<string, number> {
  const texts = new Set<string>();
  for (const { basis } of nights) if (basis !== undefined) texts.add(canonicalJson(basis));
  for (const rows of positions.values()) {
    for (const { meaning } of rows) if (meaning !== null) texts.add(meaning);
  }
  return new Map([...texts].sort(compareText).map((text, index) => [text, index + 1]));
}

/**
 * Writes a content to a new file and brings it to the disk. The same content gives the same bytes.
 *
 * @throws where there is a file already, or the disk is full.
 */
export function writeContent(path: string, content: HistoryContent): void {
  const database = new DatabaseSync(path);
  try {
    // The file has no name that anybody reads yet, so nothing needs to be rolled back from the disk.
    database.exec(
      "PRAGMA page_size = 4096; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL; BEGIN; " +
        `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${historySchemaVersion};` +
        tables,
    );
    const texts = collectTexts(content);
    const byKey = new Map([...texts].map(([text, key]) => [key, text]));
    const keyOf = (text: string | null) => text === null ? null : texts.get(text)!;
    const addText = database.prepare("INSERT INTO texts VALUES (?, ?)");
    for (const [text, key] of texts) addText.run(key, text);
    const addNight = database.prepare("INSERT INTO nights VALUES (?,?,?,?,?,?,?,?,?,?,?)");
    content.nights.forEach((night, index) =>
      addNight.run(
        index + 1,
        night.id,
        night.time,
        night.commit ?? null,
        night.branch ?? null,
        night.machine,
        night.table,
        night.size,
        keyOf(night.basis === undefined ? null : canonicalJson(night.basis)),
        night.numbersHash,
        night.count,
      )
    );
    const addPosition = database.prepare("INSERT INTO positions VALUES (?, ?, ?)");
    const addNumber = database.prepare("INSERT INTO numbers VALUES (?,?,?,?,?,?,?,?)");
    const positions: StoredPosition[] = [];
    for (const [name, stored] of content.positions) {
      const key = positions.length + 1;
      const rows = stored.map((row): NumberRow => [
        row.night + 1,
        row.value,
        row.low,
        row.high,
        row.samples,
        row.seeds,
        keyOf(row.meaning),
      ]);
      const checksum = lineChecksum(name, rows, byKey);
      positions.push({ key, name, checksum });
      addPosition.run(key, name, checksum);
      for (const row of rows) addNumber.run(key, ...row);
    }
    database.prepare("INSERT INTO seal VALUES (?, ?, ?)")
      .run(content.nights.length, positions.length, sealOf(content.nights, positions));
    database.exec("COMMIT");
  } finally {
    database.close();
  }
}
