/**
 * Moments at which a process is killed: after a share of its work, or while something is half-written.
 *
 * @module
 */

import { join } from "node:path";
import type { RandomStream } from "../core/random.ts";
import type { Place, StartedRun } from "./small_runs.ts";

/** When a process is killed. */
export interface KillMoment {
  /** After so many seconds of a processor: a busy machine does not move it. */
  readonly seconds: number;
  /** As soon as this is seen half-written, if it is seen before. */
  readonly what?: HalfWritten;
}

/** What can be seen half-written. */
export type HalfWritten = "an entry" | "a checkpoint" | "the cache" | "the report";

/** Share of the moments that wait for something half-written. */
const writeShare = 0.3;

/**
 * Draws a moment for a process.
 *
 * @param seconds Seconds of a processor that its work takes.
 * @param written What it writes.
 */
export function drawMoment(
  random: RandomStream,
  seconds: number,
  written: readonly HalfWritten[],
): KillMoment {
  const share = random.uniform();
  if (random.uniform() >= writeShare) return { seconds: share * seconds };
  const what = written[random.integer(written.length)]!;
  return { seconds: (0.5 + share / 2) * seconds, what };
}

/** A moment in a few words. */
export function describeMoment({ seconds, what }: KillMoment): string {
  const work = `after ${seconds.toFixed(2)} s of work`;
  return what === undefined ? work : `as soon as ${what} was half-written, or ${work}`;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether one of the folders in a folder holds a temporary file. */
function hasTemporary(folder: string): boolean {
  return namesIn(folder).some((inner) =>
    namesIn(join(folder, inner)).some((name) => name.endsWith(".tmp"))
  );
}

/** Names of what lies half-written, or was left so by an earlier process. */
function seenNames(what: HalfWritten, { out, store, cache }: Place): string[] {
  if (what === "an entry") return namesIn(join(store, "temporary"));
  if (what === "a checkpoint") return hasTemporary(join(store, "work")) ? ["checkpoint"] : [];
  if (what === "the cache") return hasTemporary(cache) ? ["cache"] : [];
  const isBetween = isThere(join(out, "result.json")) &&
    !isThere(join(out, "report", "index.html"));
  return isBetween ? ["report"] : [];
}

/** Ticks of the clock in which Linux counts the work of processes, per second. */
const ticksPerSecond = 100;

/**
 * Seconds of a processor that all threads of a process took; undefined where nobody counts, or where it
 * has ended.
 */
async function workSeconds(pid: number): Promise<number | undefined> {
  try {
    // By a program: the tests have no leave to read there themselves.
    const { stdout } = await new Deno.Command("cat", {
      args: [`/proc/${pid}/stat`],
      stderr: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const seconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    return Number.isFinite(seconds) ? seconds : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds between two looks at what is written, and at the work. */
const interval = { write: 1, work: 25 };

/**
 * Kills a process at a moment, unless it ends before.
 *
 * @returns Seconds of a processor that it took.
 */
export async function killAt(
  run: StartedRun,
  moment: KillMoment | undefined,
  place: Place,
): Promise<number> {
  const startedAt = performance.now();
  let isRunning = true;
  void run.ended.finally(() => isRunning = false);
  // What an earlier process left there is none of this one's writes.
  const what = moment?.what;
  const before = new Set(what === undefined ? [] : seenNames(what, place));
  // Where nobody counts work, time stands for it.
  const isCounted = await workSeconds(run.pid) !== undefined;
  let seconds = 0, lookedAt = 0;
  while (isRunning) {
    if (what !== undefined && seenNames(what, place).some((name) => !before.has(name))) run.kill();
    const milliseconds = performance.now() - startedAt;
    if (milliseconds - lookedAt >= interval.work) {
      lookedAt = milliseconds;
      const now = isCounted ? await workSeconds(run.pid) : milliseconds / 1000;
      seconds = Math.max(seconds, now ?? 0);
      if (moment !== undefined && seconds >= moment.seconds) run.kill();
    }
    const wait = what === undefined ? interval.work : interval.write;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  return seconds;
}
