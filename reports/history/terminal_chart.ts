/**
 * Lines of a history on a terminal: sparklines, and charts of Braille dots.
 *
 * @module
 */

import type { HistoryLine } from "../../core/history/line.ts";
import type { Move } from "../../core/history/moves.ts";
import { breaksOf } from "../../core/history/moves.ts";
import { fitText, textWidth } from "../text_layout.ts";
import { formatNumber } from "../format.ts";
import { padRange, roundTicks } from "./axis_scale.ts";
import { makeBuckets, nightsPerBucket } from "./downsample.ts";
import { formatCommit, formatDay, verdictSigns } from "./history_model.ts";

const bars = "▁▂▃▄▅▆▇█";

/** Numbers as bars of eight heights, from the least to the greatest; equal ones are all in the middle. */
export function sparkline(values: readonly number[]): string {
  const least = Math.min(...values), range = Math.max(...values) - least;
  return values.map((value) => {
    const height = range === 0 ? 3 : Math.min(7, Math.floor(8 * (value - least) / range));
    return bars[height]!;
  }).join("");
}

/** Bits of the eight dots of a Braille sign, by column and by row from the top. */
const dots = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]] as const;

/** A picture of dots, two columns and four rows of them for each sign. */
class DotPicture {
  readonly #signs: Uint8Array;

  constructor(readonly width: number, readonly height: number) {
    this.#signs = new Uint8Array(width * height);
  }

  /** Sets the dots of a column from row `top` to row `bottom`. */
  fill(column: number, top: number, bottom: number): void {
    for (let row = Math.max(0, top); row <= Math.min(4 * this.height - 1, bottom); row++) {
      this.#signs[Math.floor(row / 4) * this.width + Math.floor(column / 2)]! |=
        dots[column % 2]![row % 4]!;
    }
  }

  /** Rows of signs. */
  rows(): string[] {
    return Array.from(
      { length: this.height },
      (_, row) =>
        String.fromCodePoint(
          ...this.#signs.subarray(row * this.width, (row + 1) * this.width)
            .values().map((sign) => 0x2800 + sign),
        ),
    );
  }
}

/** Size of a chart in signs. */
export interface TerminalChartOptions {
  /** Columns of the terminal, with the labels of the axis; at least 40. */
  readonly width: number;
  /** Lines of the plot. @default {10} */
  readonly height?: number;
}

/** A line of signs at columns; later ones give way to earlier ones. */
function markColumns(width: number, marks: readonly (readonly [number, string])[]): string {
  const signs = Array.from({ length: width }, () => " ");
  for (const [column, sign] of marks) if (signs[column] === " ") signs[column] = sign;
  return signs.join("");
}

/**
 * A line as a chart: dots from the least to the greatest number of the nights that share a column,
 * below it signs where the number moved, and where settings or data did.
 */
export function renderTerminalChart(
  line: HistoryLine,
  moves: readonly Move[],
  options: TerminalChartOptions,
): string {
  const { points } = line;
  const height = options.height ?? 10;
  const range = padRange(
    Math.min(...points.map(({ value }) => value)),
    Math.max(...points.map(({ value }) => value)),
  );
  const { values: ticks, decimals } = roundTicks(range, Math.max(2, Math.floor(height / 3)));
  const labels = ticks.map((tick) => formatNumber(tick, decimals));
  const labelWidth = Math.max(4, ...labels.map(textWidth));
  const width = Math.max(20, Math.max(40, options.width) - labelWidth - 2);
  const size = nightsPerBucket(points.length, 2 * width);
  const rowOf = (value: number) =>
    Math.round((4 * height - 1) * (range[1] - value) / (range[1] - range[0]));
  const picture = new DotPicture(width, height);
  const columnOf = (index: number) =>
    points.length * 2 <= 2 * width
      // Few nights are spread over the whole width.
      ? Math.round(index * (2 * width - 1) / Math.max(1, points.length - 1))
      : Math.floor(index / size);
  for (const { start, least, greatest } of makeBuckets(points, size)) {
    picture.fill(columnOf(start), rowOf(greatest), rowOf(least));
  }
  const rows = picture.rows().map((row, at) => {
    const tick = ticks.findIndex((value) => Math.floor(rowOf(value) / 4) === at);
    return `${fitText(labels[tick] ?? "", labelWidth, "right")} ${tick < 0 ? "│" : "┤"}${row}`;
  });
  const marks = markColumns(width, [
    ...moves.map(({ index, verdict }) =>
      [Math.floor(columnOf(index) / 2), verdictSigns[verdict]] as const
    ),
    ...breaksOf(points).map((index) => [Math.floor(columnOf(index) / 2), "┊"] as const),
  ]);
  const first = points[0]!, last = points.at(-1)!;
  const start = `${formatDay(first)} ${formatCommit(first)}`;
  const end = `${formatDay(last)} ${formatCommit(last)}`;
  const indent = " ".repeat(labelWidth + 2);
  const gap = width - textWidth(start) - textWidth(end);
  return [
    ...rows,
    `${" ".repeat(labelWidth + 1)}└${"─".repeat(width)}`,
    ...(marks.trim() === "" ? [] : [indent + marks.trimEnd()]),
    indent + (points.length === 1 || gap < 2 ? start : start + " ".repeat(gap) + end),
    ...(size > 1 ? [`${indent}${size} nights share a column of dots, least to greatest.`] : []),
  ].join("\n");
}
