/** Skipped images that are named; the report has all. */
const listedImages = 10;

/**
 * A result as plain text for a terminal.
 *
 * @module
 */

import { intervalCovers, isEmbedded } from "./legend.ts";
import type { ResultFile } from "../core/results/result.ts";
import {
  cleanText,
  countOf,
  formatDuration,
  formatNumber,
  formatWithInterval,
  noValue,
} from "./format.ts";
import {
  buildDifferences,
  buildTable,
  describeRow,
  excludesZero,
  lowerIsBetter,
  type ReportSplit,
  type TableBlock,
  type TableEntry,
} from "./table_model.ts";
import { fitText, textWidth, wrapText } from "./text_layout.ts";

const paperWidth = 5, valWidth = 10, oodWidth = 6;
const entryWidth = paperWidth + 1 + valWidth + 1 + oodWidth;
const separator = " │ ";

/** Words for the states in which nothing was measured. */
const statusWords: Record<TableEntry["status"], string> = {
  measured: "",
  quoted: "quoted",
  "not-run": "not run",
  failed: "FAILED",
  none: noValue,
};

/** One entry as `paper  val±half*  ood*`. */
function formatEntry(entry: TableEntry): string {
  const measured = (split: ReportSplit, withInterval: boolean) => {
    const cell = entry.cells[split];
    if (cell?.status === "failed") return "FAILED";
    const value = cell?.value ?? null;
    if (value === null) return noValue;
    const text = withInterval
      ? formatWithInterval(value, cell!.ci95, { separator: "±" })
      : formatNumber(value);
    return text + (entry.best.has(split) ? "*" : " ");
  };
  const isMeasured = entry.status === "measured";
  const word = entry.status === "quoted" && entry.paper === null
    ? noValue
    : statusWords[entry.status];
  return [
    fitText(formatNumber(entry.paper), paperWidth, "right"),
    fitText(isMeasured ? measured("val", true) : word, valWidth, "right"),
    fitText(isMeasured ? measured("ood", false) : noValue, oodWidth, "right"),
  ].join(" ");
}

/** Texts side by side, each wrapped to its width; the first line of each stands on the top line. */
function layLines(texts: readonly string[], widths: readonly number[]): string[] {
  const wrapped = texts.map((text, index) => wrapText(text, widths[index]!, "    "));
  const height = Math.max(1, ...wrapped.map((lines) => lines.length));
  return Array.from(
    { length: height },
    (_, line) =>
      widths.map((width, index) => fitText(wrapped[index]![line] ?? "", width))
        .join(separator).trimEnd(),
  );
}

/** The table in bands of columns that fit the width. */
function renderBands(result: ResultFile, width: number): string[] {
  const { blocks } = buildTable(result);
  const label = (block: TableBlock, index: number) =>
    `  ${cleanText(describeRow(block.rows[index]!.row, result.rows))}`;
  const longest = Math.max(
    10,
    ...blocks.flatMap((block) => block.rows.map((_, index) => textWidth(label(block, index)))),
  );
  const bandWidth = entryWidth + separator.length;
  const labelWidth = Math.min(longest, Math.max(24, width - 3 * bandWidth));
  const perBand = Math.max(1, Math.floor((width - labelWidth) / bandWidth));
  const names = [
    fitText("paper", paperWidth, "right"),
    fitText("val ", valWidth, "right"),
    fitText("ood ", oodWidth, "right"),
  ].join(" ");
  const lines: string[] = [];
  for (let start = 0; start < result.columns.length; start += perBand) {
    const columns = result.columns.slice(start, start + perBand);
    const widths = [labelWidth, ...columns.map(() => entryWidth)];
    lines.push(
      "",
      ...layLines(["", ...columns.map((column) => cleanText(column.group))], widths),
      ...layLines(["", ...columns.map((column) => cleanText(column.header))], widths),
      ["".padEnd(labelWidth), ...columns.map(() => names)].join(separator).trimEnd(),
      widths.map((size) => "─".repeat(size)).join("─┼─"),
    );
    for (const block of blocks) {
      lines.push(cleanText(block.name));
      block.rows.forEach((row, index) => {
        const [first, ...rest] = wrapText(label(block, index), labelWidth, "    ");
        const entries = row.entries.slice(start, start + perBand).map(formatEntry);
        lines.push([fitText(first ?? "", labelWidth), ...entries].join(separator).trimEnd());
        for (const more of rest) {
          const blank = columns.map(() => "".padEnd(entryWidth));
          lines.push([fitText(more, labelWidth), ...blank].join(separator).trimEnd());
        }
      });
    }
  }
  return lines;
}

function renderDifferences(result: ResultFile, width: number): string[] {
  const differences = buildDifferences(result);
  if (differences.length === 0) return [];
  const splits = ["val", "ood", "dev"] as const;
  const splitWidth = 15;
  const labelWidth = Math.max(20, Math.min(48, width - 8 - splits.length * (splitWidth + 1)));
  const lines = [
    "",
    [
      fitText("Differences, in points", labelWidth),
      fitText("paper", 7, "right"),
      ...splits.map((split) => fitText(`${split}  `, splitWidth, "right")),
    ].join(" ").trimEnd(),
  ];
  let label = "";
  for (const difference of differences) {
    if (difference.label !== label) lines.push(cleanText(difference.label));
    label = difference.label;
    const column = difference.column;
    const name = column === undefined ? "?" : `${column.group}, ${column.header}`;
    const [first, ...rest] = wrapText(`  ${cleanText(name)}`, labelWidth, "    ");
    lines.push(
      [
        fitText(first ?? "", labelWidth),
        fitText(formatWithInterval(difference.paper, null, { signed: true }), 7, "right"),
        ...splits.map((split) => {
          const comparison = difference.splits[split];
          const text = formatWithInterval(
            comparison?.difference ?? null,
            comparison?.ci95 ?? null,
            { signed: true, separator: " ± " },
          );
          const mark = excludesZero(comparison?.ci95 ?? null) ? " !" : "  ";
          return fitText(text + mark, splitWidth, "right");
        }),
      ].join(" ").trimEnd(),
      ...rest.map((more) => fitText(more, labelWidth).trimEnd()),
    );
  }
  return lines;
}

/** Reasons of missing numbers, each once. */
function renderReasons(result: ResultFile): string[] {
  const reasons = new Map<string, Set<string>>();
  for (const cell of result.cells) {
    if (cell.status !== "failed" && cell.status !== "not-run") continue;
    const reason = `${cell.status === "failed" ? "Failed" : "Not run"}: ` +
      (cell.reason ?? "no reason was written");
    reasons.set(reason, (reasons.get(reason) ?? new Set()).add(cell.row));
  }
  return [...reasons].map(([reason, rows]) => `${reason} (${[...rows].join(", ")})`);
}

/**
 * A result as plain text: the table (the paper's number, the measured one on the val artist with half
 * its 95 % interval, the measured one on the ood artist), the differences between methods, and what
 * is missing.
 *
 * @param options.width Columns of the terminal, at least 80. @default {120}
 */
export function renderTextTable(result: ResultFile, options: { width?: number } = {}): string {
  const width = Math.max(80, Math.floor(options.width ?? 120));
  const seeds = `${result.seeds.length === 1 ? "seed" : "seeds"} ${result.seeds.join(", ")}`;
  const arrow = result.cells.some((cell) => cell.value !== null && lowerIsBetter(cell.metric))
    ? "best"
    : "highest";
  const notes = [
    (isEmbedded(result)
      ? "val, ood, dev: icons of artists that no training has seen (ood: line art; dev: for choosing " +
        "settings). "
      : "val, ood, dev: splits of the data; choose settings on dev. ") +
    `±: half of the 95 % interval over ${intervalCovers(result)}. ` +
    `*: ${arrow} of its block. !: the interval leaves out 0. quoted: printed by the paper, not run ` +
    "here. The paper's numbers are on other data: compare differences, not levels.",
    ...renderReasons(result),
    ...result.warnings.map((warning) => `Warning: ${warning}`),
    ...(result.skippedImages.length > 0
      ? [
        `Skipped ${countOf(result.skippedImages.length, "image")} that did not decode:`,
        ...result.skippedImages.slice(0, listedImages).map(({ path, reason }) =>
          `  ${path}: ${reason}`
        ),
        ...(result.skippedImages.length > listedImages ? ["  … (all in the report)"] : []),
      ]
      : []),
    ...(result.finished ? [] : ["Not finished: some cells are missing."]),
    `Total time ${formatDuration(result.timings.totalSeconds)}.`,
  ];
  const title = `${result.title} (${result.table}, size ${result.size}, ${seeds})`;
  return [
    ...wrapText(cleanText(title), width),
    ...renderBands(result, width),
    ...renderDifferences(result, width),
    "",
    ...notes.flatMap((note) => wrapText(cleanText(note), width, "  ")),
    "",
  ].join("\n");
}
