/**
 * Moments at which a process is killed: after a share of its work, or while something is half-written.
 *
 * @module
 */

import { join } from "node:path";
import type { RandomStream } from "../core/random.ts";
import type { Place, StartedRun } from "./small_runs.ts";

/** When a process is killed. */
export type KillMoment =
  /** After so many seconds of a processor: a busy machine does not move it. */
  | { readonly type: "work"; readonly seconds: number }
  /** As soon as something is half-written. */
  | { readonly type: "write"; readonly what: HalfWritten };

/** What can be seen half-written. */
export type HalfWritten = "an entry" | "a checkpoint" | "the cache" | "the report";

/** Share of the moments that wait for something half-written. */
const writeShare = 0.4;

/**
 * Draws a moment for a process.
 *
 * @param wholeSeconds Seconds of a processor that all its work takes.
 * @param written What it writes.
 */
export function drawMoment(
  random: RandomStream,
  wholeSeconds: number,
  written: readonly HalfWritten[],
): KillMoment {
  if (random.uniform() < writeShare) {
    return { type: "write", what: written[random.integer(written.length)]! };
  }
  return { type: "work", seconds: random.uniform() * wholeSeconds };
}

/** A moment in a few words. */
export function describeMoment(moment: KillMoment): string {
  return moment.type === "work"
    ? `after ${moment.seconds.toFixed(2)} s of work`
    : `while ${moment.what} was half-written`;
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

/** Milliseconds between two looks. */
const interval = { work: 25, write: 1 };

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
  const before = new Set(moment?.type === "write" ? seenNames(moment.what, place) : []);
  const look = interval[moment?.type ?? "work"];
  // Where nobody counts work, time stands for it.
  const isCounted = await workSeconds(run.pid) !== undefined;
  let seconds = 0;
  while (isRunning) {
    if (moment?.type === "write") {
      if (seenNames(moment.what, place).some((name) => !before.has(name))) run.kill();
    } else {
      const now = isCounted ? await workSeconds(run.pid) : (performance.now() - startedAt) / 1000;
      seconds = Math.max(seconds, now ?? 0);
      if (moment !== undefined && seconds >= moment.seconds) run.kill();
    }
    await new Promise((resolve) => setTimeout(resolve, look));
  }
  return seconds;
}
