/**
 * Kills runs with -9 at random moments: of a table, whose jobs train students and what measures them, of
 * `distill` and of `evaluate`. Looks whether they end with the same bits as unbroken ones, and leave
 * nothing half-written.
 *
 *     deno run -A scripts/kill_runs.ts --kills 60
 *
 * A run that was killed is started again and killed again, until one comes to its end; then everything
 * is compared, and a new place is taken.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RandomStream } from "../core/random.ts";
import { readOptions, wholeNumberOption } from "./script_options.ts";
import { describeMoment, drawMoment, type HalfWritten, killAt } from "./kill_moment.ts";
import {
  contentsOf,
  leftoversOf,
  type Place,
  type SmallCommand,
  startSmall,
} from "./small_runs.ts";

/** What was done to one command. */
export interface KillCounts {
  readonly command: SmallCommand;
  readonly kills: number;
  /** Runs that came to their end after kills and were compared. */
  readonly compared: number;
}

/** Shares of the kills. */
const shares: readonly (readonly [SmallCommand, number])[] = [
  ["table", 0.5],
  ["distill", 0.25],
  ["evaluate", 0.25],
];

/** Share of the work that every process has to do again before it goes on. */
const startShare = 0.3;

/** Seconds of a processor of a run. */
interface WholeSeconds {
  /** That draws its views itself. */
  readonly cold: number;
  /** That finds them in the cache. */
  readonly warm: number;
}

/** One command, and what it makes when nobody kills it. */
class Victim {
  readonly #command: SmallCommand;
  readonly #folder: string;
  readonly #student: string | undefined;
  readonly #expected: unknown;
  /** Seconds of a processor of the whole run: with an empty cache, and with a full one. */
  readonly #seconds: WholeSeconds;

  private constructor(
    command: SmallCommand,
    folder: string,
    whole: { student: string | undefined; expected: unknown; seconds: WholeSeconds },
  ) {
    this.#command = command;
    this.#folder = folder;
    this.#student = whole.student;
    this.#expected = whole.expected;
    this.#seconds = whole.seconds;
  }

  /** Runs a command unbroken. */
  static async open(command: SmallCommand, folder: string, student?: string): Promise<Victim> {
    const place = placeIn(folder, `${command}-whole`);
    const run = startSmall(command, place, student);
    const cold = await killAt(run, undefined, place);
    const { code, errors } = await run.ended;
    assert.equal(code, 0, errors);
    assert.deepEqual(leftoversOf(place), []);
    const expected = await contentsOf(command, place);
    // Most of what a cold run does is in the cache when the others are killed: moments on its scale
    // would lie behind their end.
    const again = { ...placeIn(folder, `${command}-warm`), cache: place.cache };
    const warmRun = startSmall(command, again, student);
    const warm = await killAt(warmRun, undefined, again);
    const ended = await warmRun.ended;
    assert.equal(ended.code, 0, ended.errors);
    assert.deepEqual(await contentsOf(command, again), expected);
    const seconds = { cold, warm };
    return new Victim(command, folder, { student, expected, seconds });
  }

  /** Kills until there were enough. */
  async kill(
    kills: number,
    random: RandomStream,
    onEvent: (message: string) => void,
  ): Promise<KillCounts> {
    const command = this.#command;
    let done = 0, compared = 0;
    for (let chain = 0; done < kills; chain++) {
      // The first table draws its views itself; the others are killed in what takes longest otherwise.
      const isCold = chain === 0 && command === "table";
      const place = {
        ...placeIn(this.#folder, `${command}-${chain}`),
        ...(isCold ? {} : { cache: placeIn(this.#folder, `${command}-whole`).cache }),
      };
      const written: HalfWritten[] = [
        "an entry",
        "a checkpoint",
        ...(command === "table" ? ["the report" as const] : []),
        ...(isCold ? ["the cache" as const] : []),
      ];
      const whole = isCold ? this.#seconds.cold : this.#seconds.warm;
      let left = whole;
      for (let isKilled = true; isKilled;) {
        const moment = done < kills ? drawMoment(random, left, written) : undefined;
        const run = startSmall(command, place, this.#student);
        const seconds = await killAt(run, moment, place);
        // What follows has that much less to do, but has to start and to look what is there.
        const least = startShare * whole;
        left = Math.max(least, left - Math.max(0, seconds - least));
        const { code, signal, errors } = await run.ended;
        isKilled = signal === "SIGKILL";
        if (isKilled) {
          done++;
          onEvent(`${command}: kill ${done}, ${describeMoment(moment!)}`);
        } else assert.equal(code, 0, errors);
      }
      assert.deepEqual(await contentsOf(command, place), this.#expected);
      assert.deepEqual(leftoversOf(place), []);
      compared++;
      onEvent(`${command}: the same bits, nothing left over`);
      await Deno.remove(place.store, { recursive: true });
    }
    return { command, kills: done, compared };
  }
}

/** A place of its own, with a cache of its own. */
function placeIn(folder: string, name: string): Place {
  return {
    out: join(folder, name),
    store: join(folder, `${name}-store`),
    cache: join(folder, `${name}-cache`),
  };
}

/**
 * Kills runs with -9 and compares what they end with.
 *
 * @param kills How many are killed: half of a table, a quarter each of `distill` and of `evaluate`.
 * @param options.seed Of the moments.
 * @param options.onEvent Told of every kill, and of every run that came to its end.
 */
export async function killRuns(
  kills: number,
  { seed = 0, onEvent = () => {} }: { seed?: number; onEvent?: (message: string) => void } = {},
): Promise<KillCounts[]> {
  const folder = await Deno.makeTempDir();
  try {
    // Side by side: what a moment is does not depend on how fast a process gets on.
    const opening = [Victim.open("table", folder), Victim.open("distill", folder)];
    const [table, distill] = await Promise.all(opening);
    const student = join(placeIn(folder, "distill-whole").out, "student.safetensors");
    const evaluate = await Victim.open("evaluate", folder, student);
    const victims = { table: table!, distill: distill!, evaluate };
    let left = kills;
    const counts = shares.toReversed().map(([command, share]) => {
      const count = command === "table" ? left : Math.min(left, Math.ceil(kills * share));
      left -= count;
      return [command, count] as const;
    });
    return await Promise.all(
      counts.map(([command, count]) =>
        victims[command].kill(count, new RandomStream(seed, `kills of ${command}`), onEvent)
      ),
    );
  } finally {
    await removeFolder(folder);
  }
}

/** Removes a folder in which a killed process may still be dying: what it writes then is removed too. */
async function removeFolder(folder: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (attempt === 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

if (import.meta.main) {
  const { kills, seed } = readOptions(() => {
    const { values } = parseArgs({
      args: [...Deno.args],
      options: { kills: { type: "string", default: "20" }, seed: { type: "string", default: "0" } },
    });
    return {
      kills: wholeNumberOption("--kills", values.kills, 1),
      seed: wholeNumberOption("--seed", values.seed, 0),
    };
  });
  const counts = await killRuns(kills, {
    seed,
    onEvent: (message) => console.error(message),
  });
  for (const { command, kills, compared } of counts) {
    console.error(`${command}: ${kills} kills, ${compared} runs compared`);
  }
  console.error("models, evidence and numbers are the same to the last bit, nothing is left over");
}
