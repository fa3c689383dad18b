/**
 * The folder of a run: `manifest.json` first, a line in `results.jsonl` for every finished cell and
 * task, `cells/<id>/` with checkpoint, log and outcomes, `result.json`, `report/index.html`.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { ConfigError, DataError } from "../errors.ts";
import { readTextIfPresent, writeFileAtomic } from "../files.ts";
import type { CellResult } from "../recipe/cell.ts";
import { quoteValue } from "../explain_schema.ts";
import { appendJsonLines, readJsonLines } from "./json_lines.ts";
import { type FolderLock, lockFileName, lockFolder } from "./lock.ts";
import type { ResultFile } from "../results/result.ts";
import { formatResult, parseResult } from "../results/result_schema.ts";
import { cellFolder, readStoredCell, type StoredCell, writeStoredCell } from "./stored_cell.ts";

const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const manifestSchema = z.object({
  schemaVersion: z.literal(1),
  project: z.object({ name: z.string(), version: z.string() }),
  table: z.string(),
  size: z.string(),
  configHash: z.string(),
  config: z.record(z.string(), z.unknown()),
  environment: z.record(z.string(), scalarSchema),
  createdAt: z.string(),
});

const sessionSchema = z.object({
  type: z.literal("session"),
  session: z.string(),
  elapsed: z.number().min(0),
});

/** What a run folder was made for. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The settings of a run, by which a folder is recognised. */
export type RunIdentity = Pick<Manifest, "project" | "table" | "size" | "configHash" | "config">;

/** Files and folders of a run folder; nothing else is ever removed. */
const ownEntries = ["manifest.json", "results.jsonl", "result.json", "report", "cells"];

/** Path of the report in a run folder. */
export function reportPath(folder: string): string {
  return join(folder, "report", "index.html");
}

/**
 * The manifest of a run folder, or undefined where there is none.
 *
 * @throws {DataError} where it is damaged.
 */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  const path = join(folder, "manifest.json");
  const text = await readTextIfPresent(path).catch((error: Error) => {
    throw new DataError(`Cannot read ${path}: ${error.message}`, { cause: error });
  });
  if (text === undefined) return undefined;
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (error) {
    const hint = "Remove the folder, or use another --out";
    throw new DataError(`Cannot read ${path}: it is no manifest. ${hint}`, { cause: error });
  }
}

/**
 * The `result.json` of a run folder, or undefined where there is none.
 *
 * @throws {DataError} where it is damaged.
 */
export async function readResult(folder: string): Promise<ResultFile | undefined> {
  const path = join(folder, "result.json");
  const text = await readTextIfPresent(path);
  return text === undefined ? undefined : parseResult(text, path);
}

/** Leaves of a plain value by dotted path; array items that have an `id` go by it. */
function flatten(value: unknown, path: string, leaves: Map<string, string>): void {
  if (value === null || typeof value !== "object" || Object.keys(value).length === 0) {
    leaves.set(path, quoteValue(value));
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    const id = Array.isArray(value) ? (inner as { id?: unknown } | null)?.id : undefined;
    const step = typeof id === "string" ? id : key;
    flatten(inner, path === "" ? step : `${path}.${step}`, leaves);
  }
}

/** One line per key in which two configurations differ: `protocol.a: 1 there, 2 now`. */
export function describeDifferences(stored: unknown, wanted: unknown): string[] {
  const before = new Map<string, string>();
  const now = new Map<string, string>();
  flatten(stored, "", before);
  flatten(wanted, "", now);
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((key) => before.get(key) !== now.get(key))
    .map((key) =>
      `${key}: ${before.get(key) ?? "nothing"} there, ${now.get(key) ?? "nothing"} now`
    );
}

/**
 * Checks that a folder may hold a run.
 *
 * @throws {ConfigError} where it holds a run with other settings, or files that are not a run's.
 */
export async function checkRunFolder(
  folder: string,
  identity: Pick<RunIdentity, "configHash" | "config">,
): Promise<Manifest | undefined> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) {
    const foreign = await firstForeignEntry(folder);
    if (foreign === undefined) return undefined;
    throw new ConfigError(
      `The folder ${folder} is no run folder: it holds "${foreign}". Use another --out`,
    );
  }
  if (manifest.configHash === identity.configHash) return manifest;
  const differences = describeDifferences(manifest.config, identity.config);
  const shown = differences.length === 0 ? ["the stored hash does not fit"] : differences;
  throw new ConfigError(
    `The run in ${folder} was made with other settings:\n  - ${shown.slice(0, 20).join("\n  - ")}` +
      (shown.length > 20 ? `\n  … and ${shown.length - 20} more` : "") +
      `\nUse another --out, or --overwrite to start it anew`,
  );
}

async function firstForeignEntry(folder: string): Promise<string | undefined> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (name !== lockFileName && !name.endsWith(".tmp") && !ownEntries.includes(name)) {
        return name;
      }
    }
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new DataError(`Cannot read ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

/** An open run folder: locked, its manifest written. */
export class RunFolder {
  readonly #lock: FolderLock;
  readonly #session = timeNow();
  readonly #openedAt = performance.now();
  readonly #logs = new Map<string, Promise<void>>();
  /** Where it is. */
  readonly path: string;
  /** What it was made for, with the environment of its first session. */
  readonly manifest: Manifest;

  private constructor(path: string, manifest: Manifest, lock: FolderLock) {
    this.path = path;
    this.manifest = manifest;
    this.#lock = lock;
  }

  /**
   * Opens a run folder, making it where there is none.
   *
   * @param options.overwrite Remove a run that is there; other files are never removed.
   * @throws {ConfigError} where it holds a run with other settings.
   * @throws {TryAgainError} while another process writes to it.
   * @throws {DataError} where it cannot be written.
   */
  static async open(
    path: string,
    options: {
      identity: RunIdentity;
      environment: Manifest["environment"];
      overwrite?: boolean;
      waitSeconds?: number;
    },
  ): Promise<RunFolder> {
    const { identity, environment, overwrite = false, waitSeconds = 3 } = options;
    if (!overwrite) await checkRunFolder(path, identity);
    const lock = await lockFolder(path, { waitSeconds });
    try {
      if (overwrite) await removeRun(path);
      await removeLeftovers(path);
      let manifest = await checkRunFolder(path, identity);
      if (manifest === undefined) {
        const { project, table, size, configHash, config } = identity;
        const createdAt = new Date().toISOString();
        manifest = {
          schemaVersion: 1,
          project,
          table,
          size,
          configHash,
          config,
          environment,
          createdAt,
        };
        await writeFileAtomic(
          join(path, "manifest.json"),
          JSON.stringify(manifest, null, 1) + "\n",
        );
      }
      return new RunFolder(path, manifest, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** The folder of a cell, made where there is none. */
  async makeCellFolder(id: string): Promise<string> {
    const folder = cellFolder(this.path, id);
    try {
      await Deno.mkdir(folder, { recursive: true });
    } catch (error) {
      throw new DataError(`Cannot write ${folder}: ${(error as Error).message}`, { cause: error });
    }
    return folder;
  }

  /** The stored result of a cell that was finished with the same settings. */
  readCell(
    cell: { id: string; hash: string },
    options: { onDamaged?: (reason: string) => void } = {},
  ): Promise<StoredCell | undefined> {
    return readStoredCell(this.path, cell, options);
  }

  /**
   * Stores a finished cell: `outcomes.json` first, then its lines in `results.jsonl`.
   *
   * @returns the checksum of the result.
   */
  async recordCell(
    cell: { id: string; hash: string; rowIds?: readonly string[]; seed?: number },
    result: CellResult,
  ): Promise<string> {
    const checksum = await writeStoredCell(this.path, cell, result);
    const lines = resultLines(cell, result, checksum);
    const elapsed = (performance.now() - this.#openedAt) / 1000;
    lines.push({ type: "session", session: this.#session, elapsed });
    await appendJsonLines(join(this.path, "results.jsonl"), lines);
    return checksum;
  }

  /** Adds a line about a cell that failed; it is run again by the next command. */
  async recordFailure(
    cell: { id: string; hash: string },
    error: { name: string; message: string; step?: number },
  ): Promise<void> {
    const line = { type: "failed", cell: cell.id, hash: cell.hash, error, at: timeNow() };
    await appendJsonLines(join(this.path, "results.jsonl"), [line]);
  }

  /**
   * Adds lines for stored cells that `results.jsonl` misses: a crash may fall between the two
   * writes of {@linkcode recordCell}.
   */
  async completeLines(
    cells: readonly { id: string; hash: string; rowIds?: readonly string[]; seed?: number }[],
    stored: ReadonlyMap<string, StoredCell>,
  ): Promise<void> {
    const path = join(this.path, "results.jsonl");
    const { values } = await readJsonLines(path);
    const known = new Set(values.flatMap((value) => {
      const line = value as { type?: unknown; cell?: unknown; checksum?: unknown } | null;
      return line?.type === "cell" ? [`${line.cell} ${line.checksum}`] : [];
    }));
    for (const cell of cells) {
      const entry = stored.get(cell.id);
      if (entry === undefined || known.has(`${cell.id} ${entry.checksum}`)) continue;
      await appendJsonLines(path, resultLines(cell, entry.result, entry.checksum));
    }
  }

  /**
   * Seconds that all sessions of the run took, this one included; of a session that was killed, up
   * to its last finished cell.
   */
  async totalSeconds(): Promise<number> {
    const { values } = await readJsonLines(join(this.path, "results.jsonl"));
    const sessions = new Map<string, number>();
    for (const value of values) {
      const line = sessionSchema.safeParse(value);
      if (line.success) sessions.set(line.data.session, line.data.elapsed);
    }
    sessions.set(this.#session, (performance.now() - this.#openedAt) / 1000);
    return [...sessions.values()].reduce((sum, seconds) => sum + seconds, 0);
  }

  /** Adds a record to the log of a cell; {@linkcode close} waits for it. */
  log(id: string, record: Record<string, unknown>): void {
    const path = join(cellFolder(this.path, id), "log.jsonl");
    const before = this.#logs.get(id) ?? Promise.resolve();
    const line = { at: timeNow(), ...record };
    // A log that cannot be written must not stop a training; the outcomes' own write will tell.
    this.#logs.set(
      id,
      before.then(() => appendJsonLines(path, [line], { sync: false })).catch(() => {}),
    );
  }

  /** Writes `result.json`. */
  async writeResult(result: ResultFile): Promise<void> {
    await writeFileAtomic(join(this.path, "result.json"), formatResult(result));
  }

  /** Writes `report/index.html`; returns its path. */
  async writeReport(html: string): Promise<string> {
    const path = reportPath(this.path);
    await writeFileAtomic(path, html);
    return path;
  }

  /** Waits for the logs and gives the lock back. */
  async close(): Promise<void> {
    await Promise.all(this.#logs.values());
    this.#lock.release();
  }

  /** Gives the lock back at once, for a process that is about to exit. */
  abandon(): void {
    this.#lock.release();
  }
}

function timeNow(): string {
  return new Date().toISOString();
}

/** Mean of the hits in percent, for the human reader of `results.jsonl`. */
function percent(hits: readonly number[]): number | null {
  if (hits.length === 0) return null;
  return 100 * hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
}

function resultLines(
  cell: { id: string; hash: string; rowIds?: readonly string[]; seed?: number },
  result: CellResult,
  checksum: string,
): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = result.outcomes.map((outcome) => ({
    type: "task",
    cell: cell.id,
    rows: outcome.row === undefined ? cell.rowIds ?? [] : [outcome.row],
    seed: cell.seed ?? null,
    column: outcome.column,
    task: outcome.task,
    taskVersion: outcome.taskVersion,
    metric: outcome.metric,
    unit: outcome.unit,
    values: Object.fromEntries(
      Object.entries(outcome.splits).map(([split, { hits }]) => [split, percent(hits)]),
    ),
    n: Object.fromEntries(
      Object.entries(outcome.splits).map(([split, { hits }]) => [split, hits.length]),
    ),
  }));
  const { timings } = result;
  lines.push({ type: "cell", cell: cell.id, hash: cell.hash, checksum, timings, at: timeNow() });
  return lines;
}

/** Removes half-written files that a killed process left. */
async function removeLeftovers(path: string): Promise<void> {
  const folders = [path, join(path, "report")];
  const list = async (folder: string) =>
    await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  for (const { name } of await list(join(path, "cells"))) folders.push(join(path, "cells", name));
  for (const folder of folders) {
    for (const { name, isFile } of await list(folder)) {
      if (isFile && /\.[0-9a-f]{8}\.tmp$/.test(name)) {
        await Deno.remove(join(folder, name)).catch(() => {});
      }
    }
  }
}

/** Removes the run of a folder, and only that. */
async function removeRun(path: string): Promise<void> {
  if (await readTextIfPresent(join(path, "manifest.json")) === undefined) return;
  // The manifest goes last: a removal that was cut off can be repeated.
  for (const name of [...ownEntries.slice(1), ownEntries[0]!]) {
    try {
      await Deno.remove(join(path, name), { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      const reason = (error as Error).message;
      throw new DataError(`Cannot remove ${join(path, name)}: ${reason}`, { cause: error });
    }
  }
}
