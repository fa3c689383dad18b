/**
 * A history as plain text for a terminal.
 *
 * @module
 */

import type { HistoryLine, SeriesPoint } from "../../core/history/line.ts";
import type { NightSummary } from "../../core/history/history.ts";
import { cleanText, countOf, noValue } from "../format.ts";
import { layColumns, wrapText } from "../text_layout.ts";
import {
  describeMove,
  formatCommit,
  formatMoveRange,
  formatNight,
  formatTime,
  formatValue,
  type JudgedLine,
  lineTitle,
  metricTitle,
  verdictSigns,
} from "./history_model.ts";
import { renderTerminalChart, sparkline, type TerminalChartOptions } from "./terminal_chart.ts";

/** Nights of a sparkline. */
const sparkNights = 24;

/** The nights, one a line. */
export function renderNightList(nights: readonly NightSummary[], width: number): string {
  if (nights.length === 0) return "No nights.\n";
  const rows = nights.map((night) => [
    formatTime(night),
    formatCommit(night),
    cleanText(night.branch ?? noValue),
    cleanText(night.table),
    cleanText(night.size),
    cleanText(night.machine),
    String(night.count),
  ]);
  const header = ["night (UTC)", "commit", "branch", "table", "size", "machine", "numbers"];
  const columns = { right: [6], flexible: 5, width };
  return layColumns([header, ...rows], columns).join("\n") + `\n${countOf(rows.length, "night")}\n`;
}

/** Size, and machine where it matters. */
function conditionsOf({ size, machine }: HistoryLine): string {
  return machine === undefined ? size : `${size}, ${machine}`;
}

/** Lines with their latest numbers, one a line. */
export function renderLineList(lines: readonly JudgedLine[], width: number): string {
  if (lines.length === 0) return "No numbers.\n";
  const rows = lines.map(({ line, moves }) => {
    const { points, meaning } = line;
    const last = moves.at(-1);
    return [
      cleanText(line.position),
      cleanText(conditionsOf(line)),
      String(points.length),
      formatValue(points.at(-1)!.value, meaning),
      sparkline(points.slice(-sparkNights).map(({ value }) => value)),
      last === undefined
        ? ""
        : `${verdictSigns[last.verdict]} ${last.verdict} ${formatNight(points[last.index]!)}`,
    ];
  });
  const header = [
    "number",
    "size",
    "nights",
    "latest",
    `last ${sparkNights} nights`,
    "last moved",
  ];
  return layColumns([header, ...rows], { right: [2, 3], flexible: 0, width }).join("\n") +
    `\n${countOf(rows.length, "number")}\n`;
}

/** Heading of one line. */
function renderHeading({ line }: JudgedLine, width: number): string[] {
  const metric = metricTitle(line.meaning);
  const parts = [
    lineTitle(line),
    ...line.meaning.group === undefined ? [] : [line.meaning.group],
    ...metric === "" ? [] : [metric],
  ];
  return [
    `${cleanText(line.position)} (${cleanText(conditionsOf(line))})`,
    ...wrapText(`  ${cleanText(parts.join(" · "))}`, width, "  "),
  ];
}

/** When a line moved, one sentence each. */
function renderMoves({ line, moves }: JudgedLine, width: number): string[] {
  const sentences = moves.map((move) =>
    `${verdictSigns[move.verdict]} ${describeMove(move, line.meaning)}, first night ` +
    `${formatNight(line.points[move.index]!)}, 95 % ${formatMoveRange(line, move)}`
  );
  const last = line.points.at(-1)!;
  return (sentences.length > 0 ? sentences : [
    `No change point in ${countOf(line.points.length, "night")}; latest ` +
    `${formatValue(last.value, line.meaning)} on ${formatNight(last)}.`,
  ]).flatMap((text) => wrapText(cleanText(text), width, "    "));
}

/** What is said of one night beside its number. */
function remarkOf(point: SeriesPoint, index: number, { line, moves }: JudgedLine): string {
  const move = moves.find((move) => move.index === index);
  return [
    ...move === undefined ? [] : [
      `${verdictSigns[move.verdict]} ${describeMove(move, line.meaning)}`,
    ],
    ...point.changed === undefined ? [] : [`┊ ${point.changed.join("; ")}`],
  ].join("  ");
}

/** Settings of {@linkcode renderLineNights}. */
export interface LineNightsOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** How many nights are shown, the latest ones. */
  readonly last: number;
}

/** A line night by night, the latest last. */
export function renderLineNights(judged: JudgedLine, options: LineNightsOptions): string {
  const { line } = judged;
  const start = Math.max(0, line.points.length - options.last);
  const rows = line.points.slice(start).map((point, at) => [
    formatTime(point),
    formatCommit(point),
    cleanText(point.branch ?? noValue),
    formatValue(point.value, line.meaning),
    point.low === undefined || point.high === undefined
      ? ""
      : `[${formatValue(point.low, line.meaning)}, ${formatValue(point.high, line.meaning)}]`,
    point.seeds === undefined ? "" : String(point.seeds),
    cleanText(remarkOf(point, start + at, judged)),
  ]);
  const header = ["night (UTC)", "commit", "branch", "value", "interval", "seeds", ""];
  return [
    ...renderHeading(judged, options.width),
    ...layColumns([header, ...rows], { right: [3, 4, 5], flexible: 6, width: options.width }),
    ...(start > 0
      ? [`… and ${countOf(start, "earlier night")}; all by --last ${start + rows.length}`]
      : []),
    ...renderMoves(judged, options.width),
    "",
  ].join("\n");
}

/** A line as a chart, with what moved it. */
export function renderLineChart(judged: JudgedLine, options: TerminalChartOptions): string {
  return [
    ...renderHeading(judged, options.width),
    renderTerminalChart(judged.line, judged.moves, options),
    ...renderMoves(judged, options.width),
    "",
  ].join("\n");
}
