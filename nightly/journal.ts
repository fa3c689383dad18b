/**
 * The journal of a night: what a night that was killed began, so that the next command goes on with it.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { formatCheckedJson, parseOwnJson } from "../core/checked_json.ts";
import { LgdBenchError } from "../core/errors.ts";
import { hashJson, readTextIfPresent, writeFileAtomic } from "../core/files.ts";

const journalSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** When the night began; the same for every command that goes on with it. */
  time: z.iso.datetime(),
  /** Hash of options, code and commit. */
  request: z.string(),
  /** Whether the night has come to its end. */
  finished: z.boolean(),
});

/** A night that is going on. */
export interface Journal {
  /** When it began, ISO 8601. */
  readonly time: string;
  /** Known by it. */
  readonly request: string;
  /** Whether an earlier command began it. */
  readonly isResumed: boolean;
  /** Notes that it has come to its end. */
  finish(): Promise<void>;
}

/** Longest time after which a night that was stopped is still gone on with. */
const longestPause = 24 * 3600 * 1000;

/**
 * Opens the journal of a folder: goes on with a night that was stopped, if it asked for the same, else
 * begins one.
 *
 * @param request What is asked for; plain values.
 * @param onNew Called before a new night is noted, to clear what it must not find.
 */
export async function openJournal(
  folder: string,
  request: unknown,
  onNew: () => Promise<void> = async () => {},
): Promise<Journal> {
  const path = join(folder, "night.json");
  const hash = hashJson(request);
  const write = (time: string, finished: boolean) =>
    writeFileAtomic(
      path,
      formatCheckedJson({ schemaVersion: 1, time, request: hash, finished }),
    );
  const old = await readJournal(path);
  const pause = old === undefined ? Infinity : Math.abs(Date.now() - Date.parse(old.time));
  const isResumed = old !== undefined && !old.finished && old.request === hash &&
    pause < longestPause;
  const time = isResumed ? old.time : new Date().toISOString();
  if (!isResumed) {
    await onNew();
    await write(time, false);
  }
  return { time, request: hash, isResumed, finish: () => write(time, true) };
}

/** The last night; undefined where there is none that can be read: then a new one begins. */
async function readJournal(path: string): Promise<z.infer<typeof journalSchema> | undefined> {
  const text = await readTextIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return journalSchema.safeParse(parseOwnJson(text, path)).data;
  } catch (error) {
    if (error instanceof LgdBenchError) return undefined;
    throw error;
  }
}
