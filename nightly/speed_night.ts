/**
 * The speed cases of a night: measured beside peers for the history, and beside the baseline's commit
 * for the gate.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { runBench } from "../benchmarks/speed/bench.ts";
import { placeOf } from "../benchmarks/speed/measure_case.ts";
import type { MeasureRequest } from "../benchmarks/speed/measure.ts";
import { ownProcess, runProcess } from "../benchmarks/speed/processes.ts";
import { formatCheckedJson, parseOwnJson } from "../core/checked_json.ts";
import { LgdBenchError } from "../core/errors.ts";
import { compileGlob } from "../core/recipe/glob.ts";
import { readTextIfPresent, writeFileAtomic } from "../core/files.ts";
import { median } from "../core/results/quantile.ts";
import {
  measurementSchema,
  type SpeedCaseResult,
  type SpeedFile,
} from "../core/results/speed_result.ts";
import { readBench, type SpeedBaseline } from "./baseline.ts";
import { falseAlarmRate } from "./gate/judge.ts";
import { judgeSpeed, type SpeedJudgement, type SpeedPairs } from "./gate/judge_speed.ts";
import type { Tolerances } from "./gate/tolerance.ts";
import { processOf, withOldCommit } from "./old_commit.ts";

/** What the speed cases of a night gave. */
export interface SpeedNight {
  readonly bench: SpeedFile;
  readonly judgements: readonly SpeedJudgement[];
  /** What they were compared with, in a sentence. */
  readonly against: string;
  /** Cases that failed, or that the baseline has and the night has not, with the reason. */
  readonly failed: readonly { readonly place: string; readonly reason: string }[];
}

/** Options of {@linkcode runSpeedNight}. */
export interface SpeedNightOptions {
  /** Glob over the names of cases. */
  readonly cases: string;
  readonly threads: readonly number[];
  readonly runs: number;
  readonly python: string;
  readonly folder: string;
  /** Hash of the night's request: what it measured before it was stopped is not measured again. */
  readonly night: string;
  readonly baseline: SpeedBaseline | undefined;
  /** Commit that is measured, and whether files differ from it. */
  readonly commit: string | null;
  readonly hasChanges: boolean;
  readonly machine: string;
  /** Pairs of processes in the first look; the second look doubles them. */
  readonly pairs: number;
  readonly tolerances: Tolerances;
  readonly onProgress: (message: string) => void;
  readonly signal?: AbortSignal;
}

const sideSchema = z.array(z.strictObject({ seconds: z.number(), bytes: z.number() }));
const pairsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  night: z.string(),
  cases: z.record(z.string(), z.strictObject({ old: sideSchema, next: sideSchema })),
});
type PairsFile = z.infer<typeof pairsSchema>;

/** Reads a file of this night; undefined where it is of another, or cannot be read. */
async function readOfNight<T extends { night: string }>(
  path: string,
  schema: z.ZodType<T>,
  night: string,
): Promise<T | undefined> {
  const text = await readTextIfPresent(path);
  if (text === undefined) return undefined;
  try {
    const { data } = schema.safeParse(parseOwnJson(text, path));
    return data?.night === night ? data : undefined;
  } catch (error) {
    if (error instanceof LgdBenchError) return undefined;
    throw error;
  }
}

/** Measures all cases, or takes what this night measured before it was stopped. */
async function benchOfNight(options: SpeedNightOptions): Promise<SpeedFile> {
  const marker = join(options.folder, "bench_night.json");
  const schema = z.strictObject({ night: z.string() });
  if (await readOfNight(marker, schema, options.night) !== undefined) {
    const before = await readBench(join(options.folder, "bench.json")).catch(() => undefined);
    if (before?.finished) return before;
  }
  const bench = await runBench({ ...options, layout: "auto" });
  await writeFileAtomic(marker, formatCheckedJson({ night: options.night }));
  return bench;
}

/** Cases that have a process of their own in every commit. */
function isPairable({ kind, status }: SpeedCaseResult): boolean {
  return status === "measured" && kind !== "pipeline" && kind !== "epoch";
}

/** Measures old and new in turns until every case has `count` pairs. */
async function measurePairs(
  worktree: string,
  cases: readonly SpeedCaseResult[],
  count: number,
  file: PairsFile,
  options: SpeedNightOptions,
): Promise<void> {
  for (const { name, title, threads, layout } of cases) {
    const place = placeOf({ title, threads });
    const request: MeasureRequest = {
      task: "case",
      name,
      threads,
      layout: layout === "nchw" ? "nchw" : "chwn",
    };
    const args = ["benchmarks/speed/measure.ts", [JSON.stringify(request)]] as const;
    const measure = async (side: "old" | "next") => {
      const spec = side === "old" ? processOf(worktree, ...args) : ownProcess(...args);
      const { seconds, peakBytes } = await runProcess(spec, measurementSchema, {
        source: `${place}, ${side === "old" ? "the baseline's commit" : "this commit"}`,
        ...(options.signal ? { signal: options.signal } : {}),
      });
      return { seconds: median(seconds), bytes: peakBytes };
    };
    const key = `${name} ${threads}`;
    const sides = file.cases[key] ??= { old: [], next: [] };
    while (sides.old.length < count) {
      const pair = sides.old.length;
      options.onProgress(
        `${place}: pair ${pair + 1} of ${count}, the baseline's commit and this one`,
      );
      // Old, new, new, old: a machine that gets warm favours neither.
      const [first, second] = pair % 2 === 0 ? ["old", "next"] as const : ["next", "old"] as const;
      const one = await measure(first), two = await measure(second);
      sides.old.push(first === "old" ? one : two);
      sides.next.push(first === "old" ? two : one);
      await writeFileAtomic(join(options.folder, "pairs.json"), formatCheckedJson(file));
    }
  }
}

/** Ratios new / old of all cases. */
function ratiosOf(cases: readonly SpeedCaseResult[], file: PairsFile): SpeedPairs[] {
  return cases.flatMap(({ name, title, threads }) => {
    const { old, next } = file.cases[`${name} ${threads}`]!;
    return ([["time", "seconds"], ["memory", "bytes"]] as const).map(
      ([quantity, key]): SpeedPairs => ({
        place: placeOf({ title, threads }),
        name,
        quantity,
        by: "commits",
        ratios: next.map((side, index) => side[key] / old[index]![key]),
      }),
    );
  });
}

/** Judges by the baseline's commit, in two looks. */
async function judgeByCommit(
  baseline: SpeedBaseline,
  bench: SpeedFile,
  options: SpeedNightOptions,
): Promise<{ judgements: SpeedJudgement[] } | { reason: string }> {
  if (baseline.commit === null) return { reason: "the baseline has no commit" };
  const cases = bench.cases.filter(isPairable);
  const file: PairsFile = await readOfNight(
    join(options.folder, "pairs.json"),
    pairsSchema,
    options.night,
  ) ?? { schemaVersion: 1, night: options.night, cases: {} };
  try {
    const done = await withOldCommit(
      baseline.commit,
      join(options.folder, "worktree"),
      async (worktree) => {
        const judge = () =>
          judgeSpeed(ratiosOf(cases, file), {
            tolerances: options.tolerances,
            rate: falseAlarmRate / 2,
          });
        await measurePairs(worktree, cases, options.pairs, file, options);
        const first = judge();
        const open = new Set(
          first.filter(({ verdict, ratio, tolerance }) => verdict !== "loss" && ratio > tolerance)
            .map(({ pairs }) => pairs.place),
        );
        if (open.size === 0) return first;
        const again = cases.filter((one) => open.has(placeOf(one)));
        await measurePairs(worktree, again, 2 * options.pairs, file, options);
        return judge();
      },
    );
    return "reason" in done ? done : { judgements: done.value };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof LgdBenchError)) throw error;
    return {
      reason: `commit ${baseline.commit.slice(0, 12)} cannot be measured: ${error.message}`,
    };
  }
}

/** Judges by the ratios to peers. */
function judgeByPeers(
  baseline: SpeedBaseline,
  bench: SpeedFile,
  tolerances: Tolerances,
): SpeedJudgement[] {
  const pairs = bench.cases.flatMap(({ name, title, threads, peers }): SpeedPairs[] => {
    const before = baseline.bench.cases.find((one) => one.name === name && one.threads === threads);
    return ([["time", "timeRatio"], ["memory", "memoryRatio"]] as const).map(([quantity, key]) => {
      const peer = peers.find((one) => one[key] !== null);
      const same = before?.peers.find((one) => one.name === peer?.name);
      return {
        place: placeOf({ title, threads }),
        name,
        quantity,
        by: "peer",
        ratios: peer?.[key]?.pairs ?? [],
        baseRatios: same?.[key]?.pairs ?? [],
      };
    });
  });
  return judgeSpeed(pairs, { tolerances });
}

/** What of a baseline's speed cases a night did not measure. */
export interface MissingCases {
  /** Cases that failed, or that were asked for and are there no more. */
  readonly failed: SpeedNight["failed"];
  /** Cases that the night was not asked for. */
  readonly notAsked: readonly string[];
}

/**
 * Cases that cannot be measured any more.
 *
 * @param asked What the night asks for: a case of the baseline that fits must be there.
 */
export function findMissingCases(
  baseline: SpeedBaseline | undefined,
  bench: Pick<SpeedFile, "cases">,
  asked: Pick<SpeedNightOptions, "cases" | "threads">,
): MissingCases {
  const keyOf = ({ name, threads }: SpeedCaseResult) => `${name} ${threads}`;
  const worked = baseline?.bench.cases.filter(({ status }) => status === "measured") ?? [];
  const workedKeys = new Set(worked.map(keyOf));
  const found = new Set(bench.cases.map(keyOf));
  const failed = bench.cases
    .filter((one) =>
      one.status === "failed" || (one.status !== "measured" && workedKeys.has(keyOf(one)))
    )
    .map((one) => ({ place: placeOf(one), reason: one.reason ?? one.status }));
  const fits = compileGlob(asked.cases);
  const isAsked = ({ name, threads }: SpeedCaseResult) =>
    fits(name) && asked.threads.includes(threads);
  const missing = worked.filter((one) => !found.has(keyOf(one)));
  const reason = "lost: the baseline has it, and there is no such case";
  return {
    failed: [
      ...failed,
      ...missing.filter(isAsked).map((one) => ({ place: placeOf(one), reason })),
    ],
    notAsked: missing.filter((one) => !isAsked(one)).map(placeOf),
  };
}

/**
 * Measures the speed cases of a night and judges them.
 *
 * @throws {ConfigError} where no case fits.
 */
export async function runSpeedNight(options: SpeedNightOptions): Promise<SpeedNight> {
  const { baseline, commit } = options;
  const bench = await benchOfNight(options);
  const { failed, notAsked } = findMissingCases(baseline, bench, options);
  const rest = notAsked.length === 0
    ? ""
    : ` Of the baseline, this night was not asked for ${notAsked.join("; ")}.`;
  const give = (against: string, judgements: readonly SpeedJudgement[] = []): SpeedNight => ({
    bench,
    judgements,
    against: `${against}${rest}`,
    failed,
  });
  if (baseline === undefined) return give("There is no baseline yet: nothing is compared.");
  if (baseline.commit !== null && baseline.commit === commit && !options.hasChanges) {
    return give("The baseline is of the same commit: there is nothing to compare.");
  }
  const byCommit = await judgeByCommit(baseline, bench, options);
  if ("judgements" in byCommit) {
    const short = baseline.commit!.slice(0, 12);
    return give(
      `Compared with commit ${short}, measured in turns in this night.`,
      byCommit.judgements,
    );
  }
  if (baseline.machine !== options.machine) {
    return give(
      `Not judged: ${byCommit.reason}; and ratios to peers are of another class of machine ` +
        `(${baseline.machine}, now ${options.machine}).`,
    );
  }
  const byPeers = judgeByPeers(baseline, bench, options.tolerances);
  return give(
    `The ratios to peers are compared with the baseline's: ${byCommit.reason}.`,
    byPeers,
  );
}
