/**
 * A history as reports show it: lines in groups, with their moves, and texts of nights and numbers.
 *
 * @module
 */

import type { HistoryLine, SeriesPoint } from "../../core/history/line.ts";
import { type Move, movesOfLine } from "../../core/history/moves.ts";
import type { NumberMeaning } from "../../core/history/night_record.ts";
import { cleanText, formatNumber, formatSigned } from "../format.ts";

/** A line with the nights in which it moved. */
export interface JudgedLine {
  /** The line. */
  readonly line: HistoryLine;
  /** When its number moved. */
  readonly moves: readonly Move[];
}

/** Lines of one table, size and machine. */
export interface HistorySection {
  /** Heading, e.g. `"table2, size mini"`. */
  readonly title: string;
  /** Lines by what they have in common. */
  readonly groups: readonly { readonly title: string; readonly lines: readonly JudgedLine[] }[];
}

/** Finds the moves of lines. */
export function judgeLines(lines: readonly HistoryLine[]): JudgedLine[] {
  return lines.map((line) => ({ line, moves: movesOfLine(line) }));
}

/** Lines by table, size and machine, then by group; each in the order of the lines. */
export function groupLines(lines: readonly JudgedLine[]): HistorySection[] {
  const sections = Map.groupBy(lines, ({ line }) => {
    const parts = [line.table, `size ${line.size}`, ...line.machine ? [line.machine] : []];
    return parts.join(", ");
  });
  return [...sections].map(([title, own]) => ({
    title: cleanText(title),
    groups: [...Map.groupBy(own, ({ line }) => groupOf(line))]
      .map(([group, lines]) => ({ title: group, lines })),
  }));
}

/** What a line shares with others: column and split, or case and quantity. */
function groupOf({ meaning, position }: HistoryLine): string {
  return cleanText(meaning.group ?? position.split("/").slice(2).join("/"));
}

/** What tells a line from the others of its group. */
export function lineTitle({ meaning, position }: HistoryLine): string {
  return cleanText(meaning.title ?? position.split("/")[1] ?? position);
}

/** Metric and unit: `top-1 accuracy, %`. */
export function metricTitle({ metric, unit }: NumberMeaning): string {
  return cleanText([metric, unit].filter((part) => part !== undefined && part !== "").join(", "));
}

/** Decimals by which a number of this size has four digits. */
function decimalsOf(meaning: NumberMeaning, value: number): number {
  if (meaning.decimals !== undefined) return meaning.decimals;
  if (meaning.unit === "%") return 1;
  if (value === 0) return 1;
  return Math.min(10, Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value)))));
}

/** A number of a line. */
export function formatValue(value: number, meaning: NumberMeaning): string {
  return formatNumber(value, decimalsOf(meaning, value));
}

/** A difference of two numbers of a line, as precise as the numbers are. */
export function formatDifference(value: number, meaning: NumberMeaning, near: number): string {
  return formatSigned(value, decimalsOf(meaning, near));
}

/** `[low, high]` of a difference. */
export function formatDifferenceRange(move: Move, meaning: NumberMeaning): string {
  const [low, high] = move.ci95.map((end) => formatDifference(end, meaning, move.before));
  return `[${low}, ${high}]`;
}

/** Day of a night, `2026-11-28`. */
export function formatDay({ time }: { readonly time: string }): string {
  return time.slice(0, 10);
}

/** Day and minute of a night in UTC, `2026-11-28 02:00`. */
export function formatTime({ time }: { readonly time: string }): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}

/** First digits of a commit; `no commit` where none is known. */
export function formatCommit({ commit }: { readonly commit?: string | undefined }): string {
  return commit === undefined ? "no commit" : cleanText(commit.slice(0, 7));
}

/** Day and commit: `2026-11-28 (c09c3cf)`. */
export function formatNight(point: SeriesPoint): string {
  return point.commit === undefined
    ? formatDay(point)
    : `${formatDay(point)} (${formatCommit(point)})`;
}

/** Between which nights a move lies; only one where it is certain. */
export function formatMoveRange(line: HistoryLine, { indexInterval }: Move): string {
  const [earliest, latest] = indexInterval.map((index) => {
    const point = line.points[Math.min(Math.max(0, index), line.points.length - 1)]!;
    return formatNight(point);
  });
  return earliest === latest ? earliest! : `${earliest} to ${latest}`;
}

/** Signs of verdicts; words stand beside them. */
export const verdictSigns: Readonly<Record<Move["verdict"], string>> = {
  better: "▲",
  worse: "▼",
  moved: "◆",
};

/** A move in words: `worse from 45.1 to 40.0: −5.1 [−5.6, −4.6]`. */
export function describeMove(move: Move, meaning: NumberMeaning): string {
  const { verdict, before, after, difference } = move;
  return `${verdict} from ${formatValue(before, meaning)} to ${formatValue(after, meaning)}: ` +
    `${formatDifference(difference, meaning, before)} ${formatDifferenceRange(move, meaning)}`;
}
