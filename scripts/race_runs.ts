/**
 * Starts two processes against each other: the same table on one store, the same command on one run
 * folder, and `distill` against a table that needs the same student. Nothing may be lost or done twice,
 * and who waits says for whom.
 *
 *     deno run -A scripts/race_runs.ts --rounds 20 --kinds store,folder
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RandomStream } from "../core/random.ts";
import { namesOption, readOptions, wholeNumberOption } from "./script_options.ts";
import {
  contentsOf,
  entriesOf,
  leftoversOf,
  type Place,
  readDone,
  type RunEnd,
  type SmallCommand,
  startSmall,
} from "./small_runs.ts";

/** What two processes share. */
export const raceKinds = ["store", "folder", "student"] as const;

/** One of {@linkcode raceKinds}. */
export type RaceKind = typeof raceKinds[number];

/** What the races of one kind ended with. */
export interface RaceCounts {
  readonly kind: RaceKind;
  readonly rounds: number;
  /** Students that were trained, by all processes. */
  readonly trained: number;
  /** Outcomes that were measured, by all processes. */
  readonly measured: number;
  /** Rounds in which one process told that it waits for the other. */
  readonly waited: number;
  /** Rounds in which one process was refused, with exit code 75. */
  readonly refused: number;
}

/** The exit code of what may be tried again. */
const tryAgain = 75;
/** Longest time between the two starts. */
const mostMilliseconds = 1500;

/** A command that takes part. */
interface Runner {
  readonly command: SmallCommand;
  readonly place: Place;
}

/** What a process tells of the other: the id of the process that it waits for, or is refused by. */
function toldHolders(errors: string): number[] {
  return [...errors.matchAll(/(?:waiting \S+ for|in use by) process (\d+) on /g)]
    .map(([, pid]) => Number(pid));
}

/** Starts both, the second a little later, and waits for them. */
async function race(
  runners: readonly [Runner, Runner],
  milliseconds: number,
): Promise<[RunEnd, RunEnd]> {
  const first = startSmall(runners[0].command, runners[0].place);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const second = startSmall(runners[1].command, runners[1].place);
  const ended = await Promise.all([first.ended, second.ended]);
  const pids = [first.pid, second.pid];
  for (const [index, { errors }] of ended.entries()) {
    for (const holder of toldHolders(errors)) assert.equal(holder, pids[1 - index], errors);
  }
  return ended;
}

/** Who takes part in a round. */
function runnersOf(kind: RaceKind, folder: string, round: number): readonly [Runner, Runner] {
  const store = join(folder, `${kind}-${round}-store`);
  const cache = join(folder, "cache");
  const place = (name: string) => ({ out: join(folder, `${kind}-${round}-${name}`), store, cache });
  const first = { command: "table", place: place("a") } as const;
  if (kind === "store") return [first, { command: "table", place: place("b") }];
  if (kind === "folder") return [first, first];
  const other = { command: "distill", place: place("b") } as const;
  return round % 2 === 0 ? [first, other] : [other, first];
}

/** What the commands make when nobody else is there. */
type Expected = Readonly<Record<"table" | "distill", { folder: unknown; entries: unknown }>>;

/** One race; what its processes did. */
async function runRound(
  runners: readonly [Runner, Runner],
  expected: Expected,
  milliseconds: number,
): Promise<Omit<RaceCounts, "kind" | "rounds">> {
  const ended = await race(runners, milliseconds);
  const refused = ended.filter(({ code }) => code === tryAgain);
  const isShared = runners[0].place.out === runners[1].place.out;
  if (isShared) {
    for (const { errors } of refused) assert.equal(toldHolders(errors).length, 1, errors);
    assert.ok(refused.length < 2);
  } else assert.equal(refused.length, 0);
  const done = ended.filter((end) => !refused.includes(end)).map(readDone);
  const trained = done.reduce((sum, { trained }) => sum + trained, 0);
  const measured = done.reduce((sum, { measured }) => sum + measured, 0);
  assert.deepEqual([trained, measured], [1, 3]);
  for (const { command, place } of runners) {
    const { folder } = await contentsOf(command, place) as { folder: unknown };
    assert.deepEqual(folder, expected[command as "table" | "distill"].folder);
    // The same again finds everything done.
    if (isShared) {
      const again = readDone(await startSmall(command, place).ended);
      assert.deepEqual(again, { ...again, trained: 0, measured: 0 });
    }
    assert.deepEqual(leftoversOf(place), []);
    if (isShared) break;
  }
  assert.deepEqual(labelless(await entriesOf(runners[0].place.store)), expected.table.entries);
  const waited = ended.some(({ errors }) => /^waiting /m.test(errors)) ? 1 : 0;
  return { trained, measured, waited, refused: refused.length };
}

/** Entries without the name of whoever made them first. */
function labelless(entries: Record<string, unknown>): unknown {
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => {
      const { info, files } = entry as { info: Record<string, unknown>; files: unknown };
      const { label: _, ...rest } = info;
      return [name, { info: rest, files }];
    }),
  );
}

async function runAlone(command: "table" | "distill", folder: string) {
  const place = {
    out: join(folder, command),
    store: join(folder, `${command}-store`),
    cache: join(folder, "cache"),
  };
  readDone(await startSmall(command, place).ended);
  const { folder: shown, entries } = await contentsOf(command, place) as {
    folder: unknown;
    entries: Record<string, unknown>;
  };
  return { folder: shown, entries: labelless(entries) };
}

/**
 * Lets processes race.
 *
 * @param rounds Races of each kind.
 * @param options.kinds Default: all.
 * @param options.seed Of the time between the two starts.
 * @param options.onEvent Told of every race.
 */
export async function raceRuns(
  rounds: number,
  { kinds = raceKinds, seed = 0, onEvent = () => {} }: {
    kinds?: readonly RaceKind[];
    seed?: number;
    onEvent?: (message: string) => void;
  } = {},
): Promise<RaceCounts[]> {
  const folder = await Deno.makeTempDir();
  try {
    const expected = {
      table: await runAlone("table", folder),
      distill: await runAlone("distill", folder),
    };
    const random = new RandomStream(seed, "races");
    const all: RaceCounts[] = [];
    for (const kind of kinds) {
      let counts: RaceCounts = { kind, rounds, trained: 0, measured: 0, waited: 0, refused: 0 };
      for (let round = 0; round < rounds; round++) {
        // Every other time at once.
        const milliseconds = round % 2 === 0 ? 0 : random.integer(mostMilliseconds);
        const runners = runnersOf(kind, folder, round);
        const { trained, measured, waited, refused } = await runRound(
          runners,
          expected,
          milliseconds,
        );
        counts = {
          ...counts,
          trained: counts.trained + trained,
          measured: counts.measured + measured,
          waited: counts.waited + waited,
          refused: counts.refused + refused,
        };
        onEvent(
          `${kind} ${round + 1}, ${milliseconds} ms apart: waited ${waited}, refused ${refused}`,
        );
        await Deno.remove(runners[0].place.store, { recursive: true });
      }
      all.push(counts);
    }
    return all;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const { rounds, kinds, seed } = readOptions(() => {
    const { values } = parseArgs({
      args: [...Deno.args],
      options: {
        rounds: { type: "string", default: "20" },
        kinds: { type: "string", default: raceKinds.join() },
        seed: { type: "string", default: "0" },
      },
    });
    return {
      rounds: wholeNumberOption("--rounds", values.rounds, 1),
      kinds: namesOption("--kinds", values.kinds, raceKinds),
      seed: wholeNumberOption("--seed", values.seed, 0),
    };
  });
  const counts = await raceRuns(rounds, {
    kinds,
    seed,
    onEvent: (message) => console.error(message),
  });
  for (const { kind, rounds, trained, measured, waited, refused } of counts) {
    console.error(
      `${kind}: ${rounds} races, ${trained} trained, ${measured} measured, ` +
        `${waited} waited and said for whom, ${refused} refused with exit code ${tryAgain}`,
    );
  }
}
