/**
 * What a night found, for summaries, pages and exit codes.
 *
 * @module
 */

import { exitCodes } from "../core/errors.ts";
import type { ResultFile } from "../core/results/result.ts";
import type { BaselineOrigin } from "./baseline.ts";
import type { Drift } from "./gate/drift.ts";
import type { Judgement } from "./gate/judge.ts";
import type { SpeedJudgement } from "./gate/judge_speed.ts";
import type { SpeedNight } from "./speed_night.ts";

/** `table2-mini`; a recipe that is given as a path goes by the name of its file. */
export function nameOfTable(table: string, size: string): string {
  return `${table.replace(/^.*[/\\]/, "").replace(/\.ya?ml$/i, "")}-${size}`;
}

/** What became of a table. */
export type TableState =
  /** Compared with the baseline. */
  | "judged"
  /** There was no baseline. */
  | "first night"
  /** It measures something else than the baseline: nothing is judged. */
  | "conflict"
  /** The baseline cannot be used. */
  | "no baseline"
  /** It could not be run. */
  | "failed";

/** One table of a night. */
export interface TableNight {
  /** Name, or path of a recipe. */
  readonly table: string;
  /** Name for readers and files; see {@linkcode nameOfTable}. */
  readonly name: string;
  readonly size: string;
  readonly state: TableState;
  /** What is the matter, for the reader. */
  readonly messages: readonly string[];
  /** What the reader can do about it; nothing where the night was stored all the same. */
  readonly advice?: string;
  /** Exit code that its state asks for. */
  readonly exitCode: number;
  /** Absent where it could not be run. */
  readonly result?: ResultFile;
  readonly baseline?: BaselineOrigin;
  /** Numbers that are missing and should not be. */
  readonly lost: readonly { readonly id: string; readonly reason: string }[];
  /** Numbers that the baseline has not. */
  readonly gained: readonly string[];
  readonly trained: number;
  readonly measured: number;
  /** Whether this night was stored as the baseline. */
  readonly stored: boolean;
}

/** Everything a night found. */
export interface NightReport {
  /** When it began, ISO 8601. */
  readonly time: string;
  readonly commit: string | null;
  readonly hasChanges: boolean;
  readonly branch: string | null;
  readonly machine: string;
  readonly tables: readonly TableNight[];
  readonly judgements: readonly Judgement[];
  readonly speed?: SpeedNight;
  /** Why the speed cases could not be run. */
  readonly speedProblem?: { readonly message: string; readonly exitCode: number };
  readonly drift: readonly Drift[];
  /** What became of the history. */
  readonly history: { readonly message: string; readonly exitCode: number };
  /** What the reader should know besides. */
  readonly remarks: readonly string[];
  readonly seconds: number;
}

/** Comparisons that make a night fail, the largest groups first. */
export function lossesOf({ judgements }: NightReport): Judgement[] {
  const order = ["table", "column", "row", "cell"];
  return judgements.filter(({ verdict }) => verdict === "loss").sort((a, b) =>
    order.indexOf(a.group.level) - order.indexOf(b.group.level) || a.adjustedP - b.adjustedP
  );
}

/** Cases that became slower or larger. */
export function slowdownsOf({ speed }: NightReport): SpeedJudgement[] {
  return speed?.judgements.filter(({ verdict }) => verdict === "loss") ?? [];
}

/** What failed, in a few words; empty where nothing did. */
export function failuresOf(report: NightReport): string[] {
  const count = (many: number, one: string, more: string) =>
    many === 0 ? [] : [`${many} ${many === 1 ? one : more}`];
  const lost = report.tables.reduce((sum, { lost }) => sum + lost.length, 0);
  const failed = report.tables.filter(({ state }) => state === "failed").length;
  const slow = slowdownsOf(report);
  const of = (quantity: string) => slow.filter(({ pairs }) => pairs.quantity === quantity).length;
  return [
    ...count(lossesOf(report).length, "loss", "losses"),
    ...count(lost, "lost number", "lost numbers"),
    ...count(failed, "table that failed to run", "tables that failed to run"),
    ...count(of("time"), "slower case", "slower cases"),
    ...count(of("memory"), "case with more memory", "cases with more memory"),
    ...count(report.speed?.failed.length ?? 0, "speed case that failed", "speed cases that failed"),
  ];
}

/** Why a night was not judged in full, in a few words; empty where it was. */
export function gapsOf(report: NightReport): string[] {
  const count = (state: TableState, one: string, more: string) => {
    const many = report.tables.filter((table) => table.state === state && !table.stored).length;
    return many === 0 ? [] : [`${many} ${many === 1 ? one : more}`];
  };
  return [
    ...count("no baseline", "baseline that cannot be used", "baselines that cannot be used"),
    ...count(
      "conflict",
      "table that measures something else",
      "tables that measure something else",
    ),
    ...(report.speedProblem === undefined ? [] : ["no speed cases"]),
    ...(report.history.exitCode === 0 ? [] : ["the history has not taken the night"]),
  ];
}

/**
 * Exit code of a night: 1 where the gate fails or a table could not be run; else the first of 3 (a baseline
 * or the history is damaged, newer, or the clock went backwards), 2 (a conflict, or a baseline of another
 * table), 75 (the history is locked); else 0.
 */
export function exitCodeOf(report: NightReport): number {
  if (failuresOf(report).length > 0) return exitCodes.failed;
  const codes = [
    ...report.tables.map(({ exitCode }) => exitCode),
    report.history.exitCode,
    report.speedProblem?.exitCode ?? 0,
  ];
  const order = [exitCodes.failed, exitCodes.data, exitCodes.usage, exitCodes.tryAgain];
  return order.find((code) => codes.includes(code)) ?? exitCodes.done;
}
