/**
 * The folder of a run: `manifest.json` first, `journal.jsonl` with what happened when, `logs/`,
 * `models/` and `evidence/` as links into the store, `result.json`, `report/index.html`. What was
 * trained and measured is in the store; the folder can be read without it.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { type CheckedJson, formatCheckedJson, parseCheckedJson } from "../checked_json.ts";
import { ConfigError, DataError } from "../errors.ts";
import { quoteValue } from "../explain_schema.ts";
import { readFileIfPresent, readTextIfPresent, sha256, writeFileAtomic } from "../files.ts";
import { appendJsonLines, readJsonLines } from "./json_lines.ts";
import { link } from "./link.ts";
import { storeFileName } from "./layout.ts";
import { type FolderLock, lockFileName, lockFolder } from "./lock.ts";
import type { StoreEntry } from "./store_entry.ts";

const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  kind: z.enum(["table", "distillation"]),
  project: z.object({ name: z.string(), version: z.string() }),
  /** Name of the table; null for a distillation by hand. */
  table: z.string().nullable(),
  size: z.string(),
  configHash: z.string(),
  config: z.record(z.string(), z.unknown()),
  environment: z.record(z.string(), scalarSchema),
  createdAt: z.string(),
  /** Session that made the folder: without it the journal is not whole. */
  firstSession: z.string(),
});

const sessionSchema = z.object({
  type: z.literal("session"),
  session: z.string(),
  elapsed: z.number().min(0),
});

/** What a run folder was made for. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The settings of a run, by which a folder is recognised. */
export type RunIdentity = Pick<
  Manifest,
  "kind" | "project" | "table" | "size" | "configHash" | "config"
>;

/** Files and folders of a run folder; nothing else is ever removed. */
const ownEntries = [
  "manifest.json",
  "journal.jsonl",
  "logs",
  "models",
  "evidence",
  "student.safetensors",
  "algorithms.json",
  "curve.json",
  "summary.json",
  "result.json",
  "report",
];
/** What folders of version 0.1 have besides. */
const oldEntries = [
  "results.jsonl",
  "cells",
  "checkpoint.safetensors",
  "lowerings.json",
  "log.jsonl",
];

/** Path of the report in a run folder. */
export function reportPath(folder: string): string {
  return join(folder, "report", "index.html");
}

/** Path of the result in a run folder. */
export function resultPath(folder: string): string {
  return join(folder, "result.json");
}

/** Path of the evidence of an outcome in a run folder. */
export function evidencePath(folder: string, outcomeKey: string): string {
  return join(folder, "evidence", `${outcomeKey}.bin`);
}

function isOldManifest(value: unknown): boolean {
  return (value as { schemaVersion?: unknown } | null)?.schemaVersion === 1;
}

/** What is said of a folder of version 0.1. */
function oldFolderError(folder: string): ConfigError {
  return new ConfigError(
    `The folder ${folder} holds a run of lgd-bench 0.1, which kept models and outcomes in the run ` +
      "folder itself; now they are in a store that all runs share. Its result.json and students are " +
      "left as they are and can be read with version 0.1. Use another --out, or --overwrite to " +
      "remove it and run anew",
  );
}

/**
 * The manifest of a run folder, or undefined where there is none.
 *
 * @throws {DataError} where it is damaged.
 * @throws {ConfigError} where the folder is one of version 0.1.
 */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  const path = join(folder, "manifest.json");
  const text = await readTextIfPresent(path);
  if (text === undefined) return undefined;
  const hint = "Remove the folder, or use another --out; what is trained and measured stays in " +
    "the store";
  let read: CheckedJson;
  try {
    read = parseCheckedJson(text, path);
  } catch (error) {
    throw new DataError(`${(error as Error).message}. ${hint}`, { cause: error });
  }
  if (isOldManifest(read.value)) throw oldFolderError(folder);
  const manifest = manifestSchema.safeParse(read.value);
  if (read.isChecked && manifest.success) return manifest.data;
  throw new DataError(`Cannot read ${path}: it is not a manifest. ${hint}`);
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
  identity: Pick<RunIdentity, "kind" | "configHash" | "config">,
): Promise<Manifest | undefined> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) {
    const foreign = await firstForeignEntry(folder);
    if (foreign === undefined) return undefined;
    throw new ConfigError(
      `The folder ${folder} is not a run folder: it holds "${foreign}". Use another --out`,
    );
  }
  if (manifest.kind !== identity.kind) {
    throw new ConfigError(`The folder ${folder} holds another kind of run. Use another --out`);
  }
  if (manifest.configHash === identity.configHash) return manifest;
  const differences = describeDifferences(manifest.config, identity.config);
  const shown = differences.length === 0
    ? ["its data, texts, teachers or plug-ins have changed"]
    : differences;
  throw new ConfigError(
    `The run in ${folder} was made with other settings:\n  - ${shown.slice(0, 20).join("\n  - ")}` +
      (shown.length > 20 ? `\n  … and ${shown.length - 20} more` : "") +
      "\n  Use another --out, or --overwrite to remove it; what is trained and measured already stays " +
      "in the store",
  );
}

/** Whether a folder is a store. */
async function isStoreFolder(path: string): Promise<boolean> {
  return await Deno.stat(join(path, storeFileName)).then(({ isFile }) => isFile, () => false);
}

async function firstForeignEntry(folder: string): Promise<string | undefined> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (name === lockFileName || name.endsWith(".tmp") || ownEntries.includes(name)) continue;
      // A store may lie in the folder of a run.
      if (await isStoreFolder(join(folder, name))) continue;
      return name;
    }
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new DataError(`Cannot read ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

/** Whether two paths are the same file. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([Deno.stat(one), Deno.stat(other)]);
    return a.ino !== null && a.ino !== 0 && a.ino === b.ino && a.dev === b.dev;
  } catch {
    return false;
  }
}

/** An open run folder: locked, its manifest written. */
export class RunFolder {
  readonly #lock: FolderLock;
  readonly #session: string;
  readonly #openedAt = performance.now();
  readonly #logs = new Map<string, Promise<void>>();
  /** Where it is. */
  readonly path: string;
  /** What it was made for, with the environment of its first session. */
  readonly manifest: Manifest;

  private constructor(path: string, manifest: Manifest, session: string, lock: FolderLock) {
    this.path = path;
    this.manifest = manifest;
    this.#session = session;
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
      const session = `${timeNow()} ${crypto.randomUUID().slice(0, 8)}`;
      let manifest = await checkRunFolder(path, identity);
      if (manifest === undefined) {
        const createdAt = timeNow();
        const { kind, project, table, size, configHash, config } = identity;
        manifest = {
          schemaVersion: 2,
          kind,
          project,
          table,
          size,
          configHash,
          config,
          environment,
          createdAt,
          firstSession: session,
        };
        await writeFileAtomic(
          join(path, "manifest.json"),
          formatCheckedJson(manifest),
        );
      }
      const folder = new RunFolder(path, manifest, session, lock);
      await folder.record([]);
      return folder;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Checks that the folder was not removed since it was opened.
   *
   * @throws {DataError} where it was: nothing may be written into a new one without a lock.
   */
  async checkThere(): Promise<void> {
    const text = await readTextIfPresent(join(this.path, "manifest.json")).catch(() => undefined);
    if (text !== undefined && text.includes(this.manifest.firstSession)) {
      if (this.#lock.isThere()) return;
      throw new DataError(
        `${join(this.path, lockFileName)} was removed or replaced while the run was going on, so ` +
          "another command may write to the folder. What is trained and measured is in the store: " +
          "run the command again",
      );
    }
    throw new DataError(
      `The run folder ${this.path} was removed or replaced while the run was going on. What is ` +
        "trained and measured is in the store: run the command again",
    );
  }

  /** Adds lines to the journal, with the seconds of this session so far. */
  async record(lines: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    await this.checkThere();
    const elapsed = (performance.now() - this.#openedAt) / 1000;
    const at = timeNow();
    await appendJsonLines(join(this.path, "journal.jsonl"), [
      ...lines.map((line) => ({ ...line, at })),
      { type: "session", session: this.#session, elapsed },
    ], { checked: true });
  }

  /**
   * Seconds that all sessions of the run took, this one included; of a session that was killed, up
   * to its last line. Null where the journal was lost or is damaged.
   */
  async totalSeconds(): Promise<number | null> {
    const path = join(this.path, "journal.jsonl");
    const { values, damagedLines } = await readJsonLines(path, { checked: true });
    if (damagedLines.length > 0) return null;
    const sessions = new Map<string, number>();
    for (const value of values) {
      const line = sessionSchema.safeParse(value);
      if (line.success) sessions.set(line.data.session, line.data.elapsed);
    }
    if (!sessions.has(this.manifest.firstSession)) return null;
    sessions.set(this.#session, (performance.now() - this.#openedAt) / 1000);
    return [...sessions.values()].reduce((sum, seconds) => sum + seconds, 0);
  }

  /** Adds a record to the log of a job; {@linkcode close} waits for it. */
  log(id: string, record: Record<string, unknown>): void {
    const path = join(this.path, "logs", `${id}.jsonl`);
    const before = this.#logs.get(id) ?? Deno.mkdir(join(this.path, "logs")).catch(() => {});
    const line = { at: timeNow(), ...record };
    // A log that cannot be written must not stop a training; the results' own write will tell.
    this.#logs.set(
      id,
      before.then(() => appendJsonLines(path, [line], { sync: false })).catch(() => {}),
    );
  }

  /**
   * Puts a file of a store entry into the folder, unless it is there unchanged.
   *
   * @param target Path in the folder.
   * @returns Whether it was put there now.
   */
  async link(entry: StoreEntry, name: string, target: string): Promise<boolean> {
    const path = join(this.path, target);
    const file = entry.files[name];
    if (file !== undefined) {
      if (await isSameFile(file.path, path)) return false;
      const bytes = await readFileIfPresent(path).catch(() => undefined);
      if (bytes?.length === file.bytes && sha256(bytes) === file.sha256) return false;
    }
    await this.checkThere();
    await link(entry, name, path);
    return true;
  }

  /** Writes a file of the folder, whole or not at all. */
  async write(target: string, content: string | Uint8Array): Promise<string> {
    await this.checkThere();
    const path = join(this.path, target);
    await writeFileAtomic(path, content);
    return path;
  }

  /** Waits for the logs and gives the lock back. */
  async close(): Promise<void> {
    await Promise.all(this.#logs.values());
    this.#lock.release();
  }
}

function timeNow(): string {
  return new Date().toISOString();
}

/** Removes half-written files that a killed process left. */
async function removeLeftovers(path: string): Promise<void> {
  for (const folder of [".", "report", "models", "evidence"]) {
    const entries = await Array.fromAsync(Deno.readDir(join(path, folder))).catch(() => []);
    for (const { name, isFile } of entries) {
      if (isFile && /\.[0-9a-f]{8}\.tmp$/.test(name)) {
        await Deno.remove(join(path, folder, name)).catch(() => {});
      }
    }
  }
}

/** Removes the run of a folder, and only that. */
async function removeRun(path: string): Promise<void> {
  const text = await readTextIfPresent(join(path, "manifest.json"));
  if (text === undefined) return;
  const isOld = /"schemaVersion": ?1\b/.test(text);
  // The manifest goes last: a removal that was cut off can be repeated.
  for (const name of [...ownEntries.slice(1), ...(isOld ? oldEntries : []), ownEntries[0]!]) {
    try {
      await Deno.remove(join(path, name), { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      const reason = (error as Error).message;
      throw new DataError(`Cannot remove ${join(path, name)}: ${reason}`, { cause: error });
    }
  }
}
