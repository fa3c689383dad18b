/**
 * A night as plain text, for the terminal.
 *
 * @module
 */

import { formatDuration } from "../reports/format.ts";
import { layColumns, textWidth, wrapText } from "../reports/text_layout.ts";
import {
  factsOf,
  headlineOf,
  mostRows,
  powerOf,
  remarksOf,
  summaryTables,
  type TextRows,
} from "./describe.ts";
import type { NightReport } from "./night_report.ts";

/** A row in sentences of its own, where the columns do not fit side by side. */
function stackRow(columns: readonly string[], row: readonly string[], width: number): string[] {
  const [title = "", ...cells] = row;
  const facts = cells.map((cell, index) => `${columns[index + 1]} ${cell}`.trim());
  return [
    ...wrapText(`  ${title}`, width, "    "),
    ...wrapText(`    ${facts.join(", ")}`, width, "    "),
  ];
}

/** A table in columns; one row below another where the terminal is too narrow for that. */
function renderRows({ title, columns, numeric, rows }: TextRows, width: number): string[] {
  const shown = rows.slice(0, mostRows);
  const lines = layColumns([columns, ...shown], {
    right: numeric,
    flexible: 0,
    width: width - 2,
  });
  const fits = lines.every((line) => textWidth(line) <= width - 2);
  const left = rows.length - shown.length;
  return [
    title,
    ...(fits
      ? lines.map((line) => `  ${line}`)
      : shown.flatMap((row) => stackRow(columns, row, width))),
    ...(left > 0 ? [`  … and ${left} more, in the report.`] : []),
    "",
  ];
}

/**
 * The summary of a night as plain text; {@linkcode renderSummary} is the same as Markdown.
 *
 * @param options.width Columns of the terminal.
 */
export function renderSummaryText(
  report: NightReport,
  options: { readonly width: number },
): string {
  const { width } = options;
  const remarks = remarksOf(report);
  const left = remarks.length - mostRows;
  return [
    ...wrapText(headlineOf(report), width),
    ...wrapText(factsOf(report), width),
    "",
    ...summaryTables(report).flatMap((rows) => renderRows(rows, width)),
    ...powerOf(report.judgements).flatMap((text) => [...wrapText(text, width), ""]),
    ...remarks.slice(0, mostRows).flatMap((text) => wrapText(`- ${text}`, width, "  ")),
    ...(left > 0 ? [`- … and ${left} more, in the report.`] : []),
    "",
    `Made in ${formatDuration(report.seconds)}.`,
    "",
  ].join("\n");
}
