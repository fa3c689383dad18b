/**
 * What the legends of tables must say of a run.
 *
 * @module
 */

import { countLeftOut } from "../core/left_out.ts";
import type { ResultFile, ResultSplit } from "../core/results/result.ts";
import { formatDuration } from "./format.ts";

/** What a run's intervals cover, where rows may have fewer seeds than the run. */
export function intervalCovers({ seeds, cells }: Pick<ResultFile, "seeds" | "cells">): string {
  if (seeds.length < 2) {
    return "images alone, for there is one seed (another training differs by more: --seeds 3)";
  }
  return cells.some(({ status, perSeed }) => status === "measured" && perSeed.length === 1)
    ? "seeds and images, of rows with one seed over images alone"
    : "seeds and images";
}

/** Whether a number stands there that is only quoted. */
export function hasQuoted({ cells }: Pick<ResultFile, "cells">): boolean {
  return cells.some(({ status, paper }) => status === "quoted" && paper !== null);
}

/** Seconds of all trainings and measurements of a result, whichever run made them. */
export function computedSeconds({ timings }: Pick<ResultFile, "timings">): number {
  return Object.values(timings.cells).flatMap((stages) => Object.values(stages))
    .reduce((sum, seconds) => sum + seconds, 0);
}

/**
 * How long a result took: its own runs, and all its trainings and measurements, whichever run made
 * them.
 */
export function describeTime({ timings }: Pick<ResultFile, "timings">): string {
  const { totalSeconds } = timings;
  const own = totalSeconds === null ? "unknown" : formatDuration(totalSeconds);
  const computed = computedSeconds({ timings });
  return `Total time ${own}` +
    (computed === 0
      ? ""
      : ` (${formatDuration(computed)} of training and measuring, wherever done)`);
}

/** How the paper's numbers may be read. */
export function describePaper({ cells }: Pick<ResultFile, "cells">): string {
  return cells.some(({ paper }) => paper !== null)
    ? "The paper's numbers are on other data: compare differences, not levels."
    : "n/a: the paper's numbers are not available.";
}

/** What a split may be used for, where that is not a test. */
function roleWords({ role }: ResultSplit): string {
  if (role === "tune") return "for choosing settings, not a fair test";
  return role === "train" ? "seen in training, not a test" : "";
}

/** What an arrow between two names means; undefined where the result has none. */
export function describeArrow(
  { rows, columns }: Pick<ResultFile, "rows" | "columns">,
): string | undefined {
  const names = [
    ...rows.flatMap(({ teacher, student, data, text }) => [teacher, student, data, text]),
    ...columns.flatMap(({ group, header }) => [group, header]),
  ];
  return names.some((name) => name?.includes(" → "))
    ? "B stands here for A of the paper"
    : undefined;
}

/** A split in words: its title where that says more than its name, and what it is not good for. */
export function describeSplit(split: ResultSplit): string {
  const parts = [split.title === split.name ? "" : split.title, roleWords(split)];
  return parts.filter((part) => part !== "").join(", ") || "a split that no training has seen";
}

/** All splits in one sentence: `val: new icon sets; dev: for choosing settings, not a fair test`. */
export function describeSplits({ splits }: Pick<ResultFile, "splits">): string {
  return splits.map((split) => `${split.name}: ${describeSplit(split)}`).join("; ");
}

/** What the best number of a block is called: `highest`, `lowest`, or `best` where columns differ. */
export function bestWord({ columns }: Pick<ResultFile, "columns">): string {
  const directions = new Set(columns.map(({ metric }) => metric.higherIsBetter));
  if (directions.size > 1) return "best";
  return directions.has(false) ? "lowest" : "highest";
}

/** What was left out, counted: `3 images were left out`. */
export function leftOutCount({ leftOut }: Pick<ResultFile, "leftOut">): string {
  const total = leftOut.reduce((sum, { count }) => sum + count, 0);
  return `${countLeftOut(leftOut)} ${total === 1 ? "was" : "were"} left out`;
}
