/**
 * A whole night: tables, speed cases, gate, history, baseline.
 *
 * @module
 */

import { join } from "node:path";
import { exitCodes, LgdBenchError } from "../core/errors.ts";
import { openHistory } from "../core/history/history.ts";
import { ClockError } from "../core/history/history_errors.ts";
import { machineClass } from "../core/history/machine_class.ts";
import { nightOfBench, nightOfResult } from "../core/history/night_of_result.ts";
import { readEnvironment } from "../core/results/environment.ts";
import type { ResultFile } from "../core/results/result.ts";
import { lockFolder } from "../core/store/lock.ts";
import type { ReproduceOptions } from "../pipeline/reproduce.ts";
import { acceptLosses } from "./accept_losses.ts";
import {
  baselineAdvice,
  readSpeedBaseline,
  type SpeedBaseline,
  writeSpeedBaseline,
} from "./baseline.ts";
import { checkNightOptions } from "./check_options.ts";
import { codeFingerprint } from "./code_fingerprint.ts";
import type { CellPair } from "./gate/comparison.ts";
import { judgeCells } from "./gate/judge.ts";
import type { Tolerances } from "./gate/tolerance.ts";
import { openJournal } from "./journal.ts";
import { describeKnownLoss, type KnownLosses, readKnownLosses } from "./known_losses.ts";
import { driftOfTables } from "./night_drift.ts";
import type { NightReport, TableNight } from "./night_report.ts";
import { currentBranch, hasChanges } from "./old_commit.ts";
import { type PreparedTable, prepareTable, storeTable } from "./run_table.ts";
import { runSpeedNight, type SpeedNight } from "./speed_night.ts";

/** Options of {@linkcode runNight}. */
export interface NightOptions {
  readonly tables: readonly string[];
  readonly size: string;
  /** Folder of the night: runs, baselines, report. */
  readonly folder: string;
  /** File of the history. */
  readonly history: string;
  /** Branch, for the history. @default {the one that is checked out} */
  readonly branch?: string;
  /** Runs everything again, whatever the store has. @default {false} */
  readonly fresh?: boolean;
  /** Stores this night as the baseline, with the reason. */
  readonly accept?: string;
  readonly knownLosses: { readonly path: string; readonly isNamed: boolean };
  readonly tolerances: Tolerances;
  readonly acrossMachines?: boolean;
  /** Speed cases; undefined for none. */
  readonly speed?: {
    readonly cases: string;
    readonly threads: readonly number[];
    readonly runs: number;
    readonly pairs: number;
    readonly python: string;
  };
  /** Store of models and outcomes. @default {one for this code, in the folder} */
  readonly store?: string;
  /** Passed to every table. */
  readonly run: Omit<ReproduceOptions, "table" | "size" | "out" | "renderReport" | "store">;
  readonly onProgress: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** A night that is going on. */
interface Going {
  readonly options: NightOptions;
  readonly time: string;
  readonly night: string;
  readonly commit: string | null;
  readonly changed: boolean;
  readonly branch: string | null;
  readonly machine: string;
  readonly known: KnownLosses;
  readonly remarks: string[];
}

/**
 * Runs a night, or goes on with one that was stopped.
 *
 * @throws {TryAgainError} while another night runs in the folder.
 * @throws {DataError} where the history is damaged or of a newer version: before anything is run.
 * @throws {ConfigError} of {@linkcode checkNightOptions}, or where the known losses cannot be read; likewise.
 * @throws The reason of `signal` when it is aborted.
 */
export async function runNight(options: NightOptions): Promise<NightReport> {
  checkNightOptions(options);
  using _lock = await lockFolder(options.folder, { option: "--folder" });
  // What is wrong with it is said now, not after the work of a night.
  {
    using history = await openHistory(options.history);
    await history.assertWritable();
  }
  const startedAt = performance.now();
  const environment = await readEnvironment();
  const commit = typeof environment.gitCommit === "string" ? environment.gitCommit : null;
  const fingerprint = await codeFingerprint();
  const { tables, size, accept, run, speed, fresh = false } = options;
  const store = options.store ?? join(options.folder, `store-${fingerprint.slice(0, 16)}`);
  const { set = [], seeds = null, cells = null, threads = 1, plugins = [] } = run;
  const request = {
    ...{ tables, size, accept: accept ?? null, speed: speed ?? null, fresh },
    ...{ set, seeds, cells, threads, plugins, fingerprint, commit },
  };
  const journal = await openJournal(options.folder, request, async () => {
    if (!fresh) return;
    if (options.store !== undefined) return;
    await Deno.remove(store, { recursive: true }).catch(ignoreMissing);
  });
  if (journal.isResumed) options.onProgress(`Goes on with the night of ${journal.time}`);
  const branch = options.branch ?? await currentBranch() ?? null;
  const going: Going = {
    options,
    time: journal.time,
    night: `${journal.request} ${journal.time}`,
    commit,
    changed: await hasChanges() ?? false,
    branch,
    machine: machineClass(environment),
    known: await readKnownLosses(options.knownLosses.path, {
      day: journal.time.slice(0, 10),
      isNamed: options.knownLosses.isNamed,
    }),
    remarks: [],
  };
  const prepared: PreparedTable[] = [];
  for (const table of tables) {
    options.onProgress(`Table ${table} (${size})`);
    prepared.push(
      await prepareTable({
        table,
        size,
        folder: options.folder,
        run: { ...run, store, ...(options.signal ? { signal: options.signal } : {}) },
        known: going.known,
        acrossMachines: options.acrossMachines === true,
        ...(options.signal ? { signal: options.signal } : {}),
      }),
    );
  }
  const speedNight = await speedOf(going);
  const judgements = judge(prepared, going);
  const history = await addToHistory(prepared, speedNight.speed, going);
  const drift = await driftOfTables(prepared, options.history, {
    branch,
    isKnown: (cell) => knownLossOf(cell, prepared, going) !== undefined,
  });
  const stored = await storeBaselines(prepared, speedNight, going);
  const accepted = acceptLosses({
    judgements,
    speed: speedNight.speed,
    reason: options.accept,
    stored: new Set(stored.tables.flatMap(({ name, stored }) => stored ? [name] : [])),
    isSpeedStored: stored.speed,
  });
  going.remarks.push(...accepted.remarks);
  describeKnown(going);
  describeTolerances(going, prepared);
  const report: NightReport = {
    time: going.time,
    commit,
    hasChanges: going.changed,
    branch,
    machine: going.machine,
    tables: stored.tables,
    judgements: accepted.judgements,
    ...(accepted.speed === undefined ? {} : { speed: accepted.speed }),
    ...(speedNight.problem === undefined ? {} : { speedProblem: speedNight.problem }),
    drift,
    history,
    remarks: going.remarks,
    seconds: (performance.now() - startedAt) / 1000,
  };
  // A history that could not be written is written by the next command, which goes on with this night.
  if (history.exitCode === exitCodes.done) {
    await journal.finish();
    if (options.store === undefined) await removeOtherStores(options.folder, store);
  }
  return report;
}

/** Loss of a number that was accepted, in the metric's unit; undefined where none was. */
function knownLossOf(
  { table, id }: CellPair,
  prepared: readonly PreparedTable[],
  { known }: Going,
): number | undefined {
  const { result } = prepared.find(({ night }) => night.name === table)!.night;
  return known.ofCell(result!.table, result!.size, id)?.upTo;
}

/** Judges all tables together: the correction is over everything that a night says. */
function judge(prepared: readonly PreparedTable[], going: Going) {
  const { options } = going;
  const cells = prepared.flatMap((one) => one.cells);
  const tables = new Map(
    prepared.flatMap((one) =>
      one.cells[0] === undefined ? [] : [[one.cells[0].table, one] as const]
    ),
  );
  return judgeCells(cells, {
    tolerances: options.tolerances,
    spreads: (table) => tables.get(table)?.spreads ?? {},
    knownLoss: (cell) => knownLossOf(cell, prepared, going),
  });
}

interface SpeedOutcome {
  readonly speed?: SpeedNight;
  readonly problem?: NonNullable<NightReport["speedProblem"]>;
  readonly baseline?: SpeedBaseline;
}

/** Measures and judges the speed cases. */
async function speedOf(
  { options, known, commit, changed, machine, night }: Going,
): Promise<SpeedOutcome> {
  if (options.speed === undefined) return {};
  let baselineIsRead = false;
  try {
    const path = join(options.folder, "baseline", "speed.json");
    const baseline = await readSpeedBaseline(path);
    baselineIsRead = true;
    const folder = join(options.folder, "speed");
    await Deno.mkdir(folder, { recursive: true });
    const speed = await runSpeedNight({
      ...options.speed,
      folder,
      night,
      baseline,
      commit,
      hasChanges: changed,
      machine,
      tolerances: options.tolerances,
      onProgress: options.onProgress,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const judgements = speed.judgements.map((judgement) => {
      const { name, quantity } = judgement.pairs;
      const entry = judgement.verdict === "loss" ? known.ofSpeed(name, quantity) : undefined;
      if (entry === undefined || judgement.ratio > 1 + entry.upTo) return judgement;
      return { ...judgement, verdict: "known" as const };
    });
    return {
      speed: { ...speed, judgements },
      ...(baseline === undefined ? {} : { baseline }),
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof LgdBenchError)) throw error;
    const { message, exitCode } = error;
    const advice = baselineIsRead ? "" : `. ${baselineAdvice}`;
    return { problem: { message: message + advice, exitCode } };
  }
}

/** Adds what was measured to the history. */
async function addToHistory(
  prepared: readonly PreparedTable[],
  speed: SpeedNight | undefined,
  { options, time, commit, branch, machine }: Going,
): Promise<NightReport["history"]> {
  const context = {
    time,
    machine,
    ...(commit === null ? {} : { commit }),
    ...(branch === null ? {} : { branch }),
  };
  try {
    const nights = prepared.flatMap(({ night: { result } }) =>
      result?.cells.some(({ value }) => value !== null) ? [nightOfResult(result, context)] : []
    );
    if (speed?.bench.cases.some(({ status }) => status === "measured")) {
      nights.push(nightOfBench(speed.bench, context));
    }
    if (nights.length === 0) return { message: "Nothing was measured.", exitCode: exitCodes.done };
    using history = await openHistory(options.history);
    const { added, alreadyThere } = await history.addAll(nights);
    const there = alreadyThere === 0 ? "" : `, ${alreadyThere} were there already`;
    return { message: `${added} added to ${options.history}${there}.`, exitCode: exitCodes.done };
  } catch (error) {
    if (!(error instanceof LgdBenchError)) throw error;
    // That says it itself.
    const advice = error instanceof ClockError
      ? ""
      : ". What was measured is kept: the same command adds it";
    return { message: error.message + advice, exitCode: error.exitCode };
  }
}

/** Stores baselines, where there is none and where the user accepts the night; says which. */
async function storeBaselines(
  prepared: readonly PreparedTable[],
  { speed, baseline, problem }: SpeedOutcome,
  { options, time, commit, changed, machine, remarks }: Going,
): Promise<{ readonly tables: readonly TableNight[]; readonly speed: boolean }> {
  const reason = options.accept ?? "first night";
  // A commit with changes is no commit: nobody can check it out again.
  const origin = { time, commit: changed ? null : commit, reason };
  const nights: TableNight[] = [];
  for (const { night, spreads } of prepared) {
    const { result, state } = night;
    const isWanted = state === "first night" ||
      (options.accept !== undefined && state !== "failed");
    if (result === undefined || !isWanted) {
      nights.push(night);
      continue;
    }
    await storeTable(options.folder, { ...night, result }, origin, spreads);
    const { advice: _advice, ...rest } = night;
    nights.push({ ...rest, stored: true, lost: [], exitCode: exitCodes.done });
  }
  const isFirst = baseline === undefined && problem === undefined;
  const isStored = speed?.bench.finished === true && (isFirst || options.accept !== undefined);
  if (isStored) {
    await Deno.mkdir(join(options.folder, "baseline"), { recursive: true });
    const path = join(options.folder, "baseline", "speed.json");
    await writeSpeedBaseline(path, { ...origin, machine, bench: speed.bench });
    remarks.push(`The speed cases are stored as their baseline: ${reason}.`);
  }
  return { tables: nights, speed: isStored };
}

/** Says what became of the accepted losses. */
function describeKnown({ known, remarks }: Going): void {
  for (const entry of known.expired) {
    remarks.push(`A known loss has run out and accepts nothing: ${describeKnownLoss(entry)}`);
  }
  for (const entry of known.unused()) {
    remarks.push(`A known loss fits no number of this night: ${describeKnownLoss(entry)}`);
  }
}

/** Says which tolerances that the user chose are of no number. */
function describeTolerances(
  { options, remarks }: Going,
  prepared: readonly PreparedTable[],
): void {
  const metrics = prepared.flatMap(({ night: { result } }) =>
    result?.columns.map(({ metric }) => metric.key) ?? []
  );
  // Tables that could not be run might have it.
  if (prepared.some(({ night: { result } }) => result === undefined)) return;
  for (const key of Object.keys(options.tolerances)) {
    if (["time", "memory", ...metrics].includes(key)) continue;
    const known = metrics.length === 0 ? "" : `; metrics: ${[...new Set(metrics)].join(", ")}`;
    remarks.push(`--tolerance ${key} is of no number of this night${known}.`);
  }
}

/** Removes stores of other code: nobody asks for them again. */
async function removeOtherStores(folder: string, store: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (!isDirectory || !/^store-[0-9a-f]{16}$/.test(name) || path === store) continue;
    await Deno.remove(path, { recursive: true }).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** Results of a night that were measured. */
export function resultsOf({ tables }: NightReport): ResultFile[] {
  return tables.flatMap(({ result }) => result === undefined ? [] : [result]);
}
