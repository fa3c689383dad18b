/**
 * A result as plain text for a terminal.
 *
 * @module
 */

import { describeLeftOut } from "../core/left_out.ts";
import {
  bestWord,
  describeArrow,
  describePaper,
  describeSplits,
  describeTime,
  hasQuoted,
  intervalCovers,
  leftOutCount,
} from "./legend.ts";
import type { ResultFile, ResultSplit } from "../core/results/result.ts";
import { describeClaims, verdictWords } from "./claim_words.ts";
import {
  cleanText,
  excludesZero,
  formatNumber,
  formatRange,
  formatSigned,
  formatWithInterval,
  noValue,
} from "./format.ts";
import {
  buildDifferences,
  buildTable,
  decimalsOf,
  describeRow,
  type DifferenceLine,
  differenceUnit,
  hasPower,
  headlineSplits,
  splitHeading,
  type TableBlock,
  type TableEntry,
  whyNoPower,
} from "./table_model.ts";
import { sweptRows } from "./sweep_model.ts";
import { describeSweeps } from "./sweep_words.ts";
import { fitText, textWidth, wrapText } from "./text_layout.ts";

/** Files left out, rows and warnings that are named; the report has all. */
const listedFiles = 10, listedRows = 10, listedWarnings = 6;

const paperWidth = 5;
/** Width of the first split's numbers, which have an interval, and of the others'. */
const firstWidth = 10, otherWidth = 6;
const separator = " │ ";

/** Heading of a split that fits the narrowest column. */
function heading(split: ResultSplit): string {
  return splitHeading(split, otherWidth - 1);
}

/** Width of one entry with so many splits. */
function entryWidth(splits: number): number {
  return paperWidth + 1 + firstWidth + (splits - 1) * (1 + otherWidth);
}

/** Words for the states in which nothing was measured. */
const statusWords: Record<TableEntry["status"], string> = {
  measured: "",
  quoted: "quoted",
  "not-run": "not run",
  failed: "FAILED",
  none: noValue,
};

/** Texts of one entry in its columns: the paper's, the first split's, those of the others. */
function fitEntry(paper: string, measured: readonly string[]): string {
  return [
    fitText(paper, paperWidth, "right"),
    ...measured.map((text, index) => fitText(text, index === 0 ? firstWidth : otherWidth, "right")),
  ].join(" ");
}

/** One entry as `paper  first±side*  other*`. */
function formatEntry(entry: TableEntry, splits: readonly ResultSplit[]): string {
  const digits = decimalsOf(entry.column.metric);
  const paper = entry.paper === null ? entry.noPaper : formatNumber(entry.paper, digits);
  if (entry.status !== "measured") {
    const word = entry.status === "quoted" && entry.paper === null
      ? noValue
      : statusWords[entry.status];
    return fitEntry(paper, splits.map((_, index) => index === 0 ? word : noValue));
  }
  return fitEntry(
    paper,
    splits.map(({ name }, index) => {
      const cell = entry.cells[name];
      if (cell?.status === "failed") return "FAILED";
      const value = cell?.value ?? null;
      if (value === null) return noValue;
      const text = index === 0
        ? formatWithInterval(value, cell!.ci95, { separator: "±", digits })
        : formatNumber(value, digits);
      return text + (entry.best.has(name) ? "*" : " ");
    }),
  );
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
  const { blocks, splits } = buildTable(result);
  const swept = sweptRows(result);
  const label = (block: TableBlock, index: number) =>
    `  ${cleanText(describeRow(block.rows[index]!.row, result.rows))}`;
  const longest = Math.max(
    10,
    ...blocks.flatMap((block) => block.rows.map((_, index) => textWidth(label(block, index)))),
  );
  const ownWidth = entryWidth(splits.length);
  const bandWidth = ownWidth + separator.length;
  const labelWidth = Math.min(longest, Math.max(24, width - 3 * bandWidth));
  const perBand = Math.max(1, Math.floor((width - labelWidth) / bandWidth));
  const names = fitEntry("paper", splits.map((split) => `${heading(split)} `));
  const lines: string[] = [];
  for (let start = 0; start < result.columns.length; start += perBand) {
    const columns = result.columns.slice(start, start + perBand);
    const widths = [labelWidth, ...columns.map(() => ownWidth)];
    lines.push(
      "",
      ...layLines(["", ...columns.map((column) => cleanText(column.group))], widths),
      ...layLines(["", ...columns.map((column) => cleanText(column.header))], widths),
      ["".padEnd(labelWidth), ...columns.map(() => names)].join(separator).trimEnd(),
      widths.map((size) => "─".repeat(size)).join("─┼─"),
    );
    for (const block of blocks) {
      // A row of a sweep has nothing to say of columns in which it is not measured.
      const shown = block.rows.map(({ row, entries }) =>
        !swept.has(row.id) ||
        entries.slice(start, start + perBand).some(({ status }) => status !== "not-run")
      );
      if (!shown.includes(true)) continue;
      lines.push(cleanText(block.name));
      block.rows.forEach((row, index) => {
        if (!shown[index]) return;
        const [first, ...rest] = wrapText(label(block, index), labelWidth, "    ");
        const entries = row.entries.slice(start, start + perBand).map((entry) =>
          formatEntry(entry, splits)
        );
        lines.push([fitText(first ?? "", labelWidth), ...entries].join(separator).trimEnd());
        for (const more of rest) {
          const blank = columns.map(() => "".padEnd(ownWidth));
          lines.push([fitText(more, labelWidth), ...blank].join(separator).trimEnd());
        }
      });
    }
  }
  return lines;
}

/** Columns of a difference with its interval and mark where there is little room. */
const narrowSplit = 15;

/**
 * A difference on a split with its interval and its mark; where both ends of the interval are told and
 * there is no room, they stand for the difference.
 */
function differenceText(
  { column, splits }: DifferenceLine,
  split: string,
  isNarrow: boolean,
): string {
  const { difference = null, ci95 = null } = splits[split] ?? {};
  const options = { signed: true, digits: decimalsOf(column?.metric) };
  const text = formatWithInterval(difference, ci95, options);
  const mark = excludesZero(ci95) ? " !" : "  ";
  return isNarrow && textWidth(text + mark) > narrowSplit
    ? formatRange(ci95, options).replace(", ", ",") + mark
    : text + mark;
}

function renderDifferences(result: ResultFile, width: number): string[] {
  const differences = buildDifferences(result);
  if (differences.length === 0) return [];
  const { splits } = result;
  const widest = Math.max(
    narrowSplit,
    ...differences.flatMap((difference) =>
      splits.map(({ name }) => textWidth(differenceText(difference, name, false)))
    ),
  );
  const isNarrow = 28 + splits.length * (widest + 1) > width;
  const splitWidth = isNarrow ? narrowSplit : widest;
  const labelWidth = Math.max(20, Math.min(48, width - 8 - splits.length * (splitWidth + 1)));
  const isPercent = differences.every(({ column }) => column?.metric.unit === "%");
  const lines = [
    "",
    [
      fitText(isPercent ? "Differences, in points" : "Differences", labelWidth),
      fitText("paper", 7, "right"),
      ...splits.map((split) => fitText(`${heading(split)}  `, splitWidth, "right")),
    ].join(" ").trimEnd(),
  ];
  let label = "";
  for (const difference of differences) {
    if (difference.label !== label) lines.push(cleanText(difference.label));
    label = difference.label;
    const column = difference.column;
    const digits = decimalsOf(column?.metric);
    const unit = isPercent || column === undefined ? "" : differenceUnit(column.metric);
    const name = column === undefined
      ? "?"
      : `${column.group}, ${column.header}${unit === "" ? "" : ` (${unit})`}`;
    const [first, ...rest] = wrapText(`  ${cleanText(name)}`, labelWidth, "    ");
    lines.push(
      [
        fitText(first ?? "", labelWidth),
        fitText(
          difference.paper === null ? difference.noPaper : formatSigned(difference.paper, digits),
          7,
          "right",
        ),
        ...splits.map((split) => {
          return fitText(differenceText(difference, split.name, isNarrow), splitWidth, "right");
        }),
      ].join(" ").trimEnd(),
      ...rest.map((more) => fitText(more, labelWidth).trimEnd()),
    );
  }
  return lines;
}

/** The claims of papers and what was found of them. */
function renderClaims(result: ResultFile, width: number): string[] {
  const words = describeClaims(result);
  if (words === undefined) return [];
  // The differences stand below; a verdict that is the same for all of them is told once.
  if (words.reason !== undefined) {
    return ["", ...wrapText(cleanText(`Claims. ${words.summary}`), width, "  ")];
  }
  const lines = words.claims.flatMap(({ claim, verdict, parts }) => [
    ...wrapText(cleanText(`${verdictWords[verdict]}: ${claim}`), width, "  "),
    ...parts.flatMap(({ name, paper, measured, interval, found, seeds }) =>
      wrapText(
        cleanText(
          `  ${name}: paper ${paper}, measured ${measured} ${interval}, ${found}, seeds ${seeds}`,
        ),
        width,
        "    ",
      )
    ),
  ]);
  return [
    "",
    ...wrapText(cleanText(`Claims. ${words.summary}`), width, "  "),
    ...lines,
    ...wrapText(cleanText(words.note), width, "  "),
  ];
}

/** What was found along every axis. */
function renderSweeps(result: ResultFile, width: number): string[] {
  const found = describeSweeps(result);
  if (found === undefined) return [];
  return [
    "",
    ...wrapText(cleanText(`What was found. ${found.note}`), width, "  "),
    ...found.findings.flatMap(({ title, sentences }) => [
      ...wrapText(cleanText(title), width),
      ...sentences.flatMap((sentence) => wrapText(cleanText(`  ${sentence}`), width, "    ")),
    ]),
  ];
}

/** From the least to the most of some numbers, or both where they are one. */
function spanOf(values: readonly number[], digits: number): string {
  const ends = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return [...new Set(ends)].join(" to ");
}

/** What each comparison could have seen on a split, over its columns. */
function renderPower(result: ResultFile, split: ResultSplit): string[] {
  const differences = buildDifferences(result);
  if (differences.length > 0 && !hasPower(differences, split.name)) {
    return [whyNoPower(result)].filter((sentence) => sentence !== "");
  }
  const byLabel = Map.groupBy(differences, ({ label }) => label);
  return [...byLabel].flatMap(([label, lines]) => {
    const powers = lines.flatMap(({ splits }) => splits[split.name]?.power ?? []);
    const detectable = powers.flatMap((power) => power.detectable ?? []);
    const seeds = powers.flatMap((power) => power.seedsForPaper ?? []);
    if (detectable.length === 0) return [];
    const possible = seeds.filter((count) => count > 0);
    const never = seeds.length - possible.length;
    const needs = [
      ...(possible.length > 0 ? [`${spanOf(possible, 0)} seeds`] : []),
      ...(never > 0 ? [`more images in ${never} of ${seeds.length} columns`] : []),
    ];
    return [
      `${cleanText(label)}, ${heading(split)}: a difference of ${
        spanOf(detectable, 1)
      } is seen 9 times in 10` +
      (needs.length === 0 ? "." : `; one of the paper's size needs ${needs.join(", ")}.`),
    ];
  });
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
  return [...reasons].map(([reason, rows]) => {
    const rest = rows.size > listedRows ? `, … ${rows.size - listedRows} more` : "";
    return `${reason} (${[...rows].slice(0, listedRows).join(", ")}${rest})`;
  });
}

/** Warnings, the first of many. */
function renderWarnings({ warnings }: ResultFile): string[] {
  const rest = warnings.length - listedWarnings;
  return [
    ...warnings.slice(0, listedWarnings).map((warning) => `Warning: ${warning}`),
    ...(rest > 0 ? [`Warning: … ${rest} more (all in the report)`] : []),
  ];
}

/** What was left out, by file. */
function renderLeftOut(result: ResultFile): string[] {
  const { leftOut } = result;
  if (leftOut.length === 0) return [];
  return [
    `${leftOutCount(result)}:`,
    ...leftOut.slice(0, listedFiles).map((entry) => `  ${describeLeftOut(entry)}`),
    ...(leftOut.length > listedFiles ? ["  … (all in the report)"] : []),
  ];
}

/**
 * A result as plain text: the table (the paper's number, the measured one on the first test split with
 * the longer side of its 95 % interval, the measured ones on the other test splits), the differences between
 * methods, and what is missing.
 *
 * @param options.width Columns of the terminal, at least 80. @default {120}
 */
export function renderTextTable(result: ResultFile, options: { width?: number } = {}): string {
  const width = Math.max(80, Math.floor(options.width ?? 120));
  const seeds = `${result.seeds.length === 1 ? "seed" : "seeds"} ${result.seeds.join(", ")}`;
  const [shown] = headlineSplits(result);
  const arrow = describeArrow(result);
  const lower = result.columns.filter(({ metric }) => !metric.higherIsBetter);
  const notes = [
    `${describeSplits(result)}. ±: the longer side of the 95 % interval over ${
      intervalCovers(result)
    }. ` +
    `*: ${bestWord(result)} of its block. !: the interval leaves out 0. ` +
    (hasQuoted(result) ? "quoted: printed by the paper, not run here. " : "") +
    describePaper(result) +
    (arrow === undefined ? "" : ` A → B: ${arrow}.`),
    ...(lower.length === 0 ? [] : [
      `Lower is better: ${lower.map(({ group, header }) => `${group}, ${header}`).join("; ")}.`,
    ]),
    ...(shown === undefined ? [] : renderPower(result, shown)),
    ...renderReasons(result),
    ...renderWarnings(result),
    ...renderLeftOut(result),
    ...(result.finished ? [] : ["Not finished: some cells are missing."]),
    `${describeTime(result)}.`,
  ];
  const title = `${result.title} (${result.table}, size ${result.size}, ${seeds})`;
  return [
    ...wrapText(cleanText(title), width),
    ...renderClaims(result, width),
    ...renderSweeps(result, width),
    ...renderBands(result, width),
    ...renderDifferences(result, width),
    "",
    ...notes.flatMap((note) => wrapText(cleanText(note), width, "  ")),
    "",
  ].join("\n");
}
