/**
 * One table of a night: run it, and pair it with its baseline.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { machineClass } from "../core/history/machine_class.ts";
import { exitCodes, LgdBenchError } from "../core/errors.ts";
import { readFileIfPresent } from "../core/files.ts";
import type { ResultFile } from "../core/results/result.ts";
import { evidencePath } from "../core/store/run_folder.ts";
import { reproduce, type ReproduceOptions } from "../pipeline/reproduce.ts";
import { findConflicts } from "../reports/compare_conflicts.ts";
import { countOf } from "../reports/format.ts";
import { renderReport } from "../reports/report.ts";
import {
  baselineAdvice,
  readTableBaseline,
  type TableBaseline,
  writeTableBaseline,
} from "./baseline.ts";
import type { CellPair } from "./gate/comparison.ts";
import { type Spreads, spreadsOf } from "./gate/judge.ts";
import type { KnownLosses } from "./known_losses.ts";
import { nameOfTable, type TableNight } from "./night_report.ts";
import { pairCells, type TableRun } from "./pair_cells.ts";

/** What a table needs of its night. */
export interface TableNightOptions {
  readonly table: string;
  readonly size: string;
  /** Folder of the night. */
  readonly folder: string;
  /** Passed to `reproduce`. */
  readonly run: Omit<ReproduceOptions, "table" | "size" | "out" | "renderReport">;
  readonly known: KnownLosses;
  /** Whether numbers of another class of machine are compared. */
  readonly acrossMachines: boolean;
  readonly signal?: AbortSignal;
}

/** A table that was run, before it is judged with the others. */
export interface PreparedTable {
  readonly night: TableNight;
  /** Numbers to judge. */
  readonly cells: readonly CellPair[];
  readonly spreads: Spreads;
  readonly baseline?: TableBaseline;
}

/** Where the baseline of a table is kept. */
export function baselinePath(folder: string, name: string): string {
  return join(folder, "baseline", `${name}.json`);
}

/** The evidence of a run folder. */
function readRun(folder: string, result: ResultFile): TableRun {
  return {
    result,
    evidence(outcome) {
      if (!/^[0-9a-f]{16,128}$/.test(outcome)) return undefined;
      try {
        return readFileSync(evidencePath(folder, outcome));
      } catch {
        // Judged by the interval of the result.
        return undefined;
      }
    },
  };
}

/** What forbids a comparison with a baseline, and what the reader should know. */
function conflictsWith(
  baseline: TableBaseline,
  result: ResultFile,
  acrossMachines: boolean,
): { conflicts: string[]; remarks: string[]; isOtherMachine: boolean } {
  const { conflicts, remarks } = findConflicts(baseline.result, result);
  const machine = machineClass(result.environment);
  const isOtherMachine = machine !== baseline.machine;
  if (isOtherMachine) {
    const what = `the machine is "${machine}" and the baseline's "${baseline.machine}"`;
    if (acrossMachines) remarks.push(`Compared all the same: ${what}. Seeds are not paired.`);
    else conflicts.push(`${what} (--across-machines compares all the same)`);
  }
  return { conflicts, remarks, isOtherMachine };
}

/** What to do where it measures something else. */
const conflictAdvice =
  "Nothing is judged. Store this night as the new baseline by the same command with --accept REASON";

/**
 * Runs a table and pairs its numbers with the baseline's. What goes wrong with this table is its state,
 * and does not keep the others from running.
 */
export async function prepareTable(options: TableNightOptions): Promise<PreparedTable> {
  const { table, size, folder, known } = options;
  const name = nameOfTable(table, size);
  const empty = { table, name, size, lost: [], gained: [], trained: 0, measured: 0, stored: false };
  const out = join(folder, "tables", name);
  let outcome: Awaited<ReturnType<typeof reproduce>>;
  try {
    outcome = await reproduce({
      ...options.run,
      table,
      size,
      out,
      overwrite: true,
      renderReport: (result) => renderReport([result]),
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof LgdBenchError)) throw error;
    const messages = [`It failed to run: ${error.message}`];
    const night = { ...empty, state: "failed", messages, exitCode: exitCodes.failed } as const;
    return { night, cells: [], spreads: {} };
  }
  const { result, failures, trained, measured } = outcome;
  const ran = { ...empty, result, trained, measured };
  const failed = failures.size === 0 ? [] : [
    `${countOf(failures.size, "job")} failed: ${
      [...failures].slice(0, 5).map(([id, reason]) => `${id}: ${reason}`).join("; ")
    }`,
  ];
  const failedState = failures.size > 0 ? "failed" : undefined;
  let baseline: TableBaseline | undefined;
  try {
    baseline = await readTableBaseline(baselinePath(folder, name), {
      table: result.table,
      size: result.size,
    });
  } catch (error) {
    if (!(error instanceof LgdBenchError)) throw error;
    const messages = [error.message, ...failed];
    const night = {
      ...ran,
      state: "no baseline",
      messages,
      advice: baselineAdvice,
      exitCode: error.exitCode,
    } as const;
    return { night, cells: [], spreads: {} };
  }
  if (baseline === undefined) {
    const messages = failedState === undefined
      ? [
        "There is no baseline yet, so this is the first night: it passes, and is stored as the baseline",
      ]
      : [
        ...failed,
        "There is no baseline yet, and this night is not whole: it is not stored as one",
      ];
    const night: TableNight = {
      ...ran,
      state: failedState ?? "first night",
      messages,
      exitCode: failedState === undefined ? exitCodes.done : exitCodes.failed,
    };
    return { night, cells: [], spreads: {} };
  }
  const { time, commit, machine, reason } = baseline;
  const origin = { time, commit, machine, reason };
  const { conflicts, remarks, isOtherMachine } = conflictsWith(
    baseline,
    result,
    options.acrossMachines,
  );
  if (conflicts.length > 0) {
    const messages = [
      `The baseline measures something else: ${conflicts.join("; ")}`,
      ...failed,
    ];
    const night: TableNight = {
      ...ran,
      state: failedState ?? "conflict",
      messages,
      advice: conflictAdvice,
      exitCode: failedState === undefined ? exitCodes.usage : exitCodes.failed,
      baseline: origin,
    };
    return { night, cells: [], spreads: {}, baseline };
  }
  const paired = pairCells(baseline, readRun(out, result), {
    name,
    pairSeeds: !isOtherMachine,
  });
  const accepted: string[] = [];
  const lost = paired.lost.filter(({ id }) => {
    const entry = known.ofLostCell(result.table, result.size, id);
    if (entry !== undefined) accepted.push(`${id} is missing, which is accepted: ${entry.reason}`);
    return entry === undefined;
  });
  const unpaired = paired.withoutEvidence.length === 0 ? [] : [
    `${
      countOf(paired.withoutEvidence.length, "number")
    } without evidence of the same samples: judged ` +
    "by intervals, which is wider",
  ];
  const future = Date.parse(time) <= Date.now() ? [] : [
    `The baseline is of ${time}, which is still to come: a clock was wrong. It is compared all the same, ` +
    "but nights before that time show no drift; accept a night to put it right",
  ];
  const night: TableNight = {
    ...ran,
    state: failedState ?? "judged",
    messages: [...failed, ...remarks, ...future, ...accepted, ...unpaired],
    exitCode: failedState === undefined ? exitCodes.done : exitCodes.failed,
    baseline: origin,
    lost,
    gained: paired.gained,
  };
  return { night, cells: paired.cells, spreads: baseline.spreads, baseline };
}

/** Stores a table of a night as the baseline. */
export async function storeTable(
  folder: string,
  { name, result }: TableNight & { result: ResultFile },
  origin: { time: string; commit: string | null; reason: string },
  before: Spreads,
): Promise<void> {
  const out = join(folder, "tables", name);
  const evidence = new Map<string, Uint8Array>();
  for (const { sources } of result.cells) {
    for (const { outcome } of sources) {
      if (outcome === undefined || evidence.has(outcome)) continue;
      const bytes = await readFileIfPresent(evidencePath(out, outcome));
      if (bytes !== undefined) evidence.set(outcome, bytes);
    }
  }
  const run = readRun(out, result);
  const { cells } = pairCells(run, run, { name, pairSeeds: true });
  await writeTableBaseline(baselinePath(folder, name), {
    ...origin,
    machine: machineClass(result.environment),
    result,
    // A night of one seed knows no spread: what an earlier baseline knew stays.
    spreads: { ...before, ...spreadsOf(cells, "next") },
  }, evidence);
}
