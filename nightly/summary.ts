/**
 * A night as Markdown, for the summary of a job or a comment on a pull request.
 *
 * @module
 */

import { formatDuration } from "../reports/format.ts";
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

/** A text as Markdown that means nothing but itself. */
function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~@&]/g, (sign) => `\\${sign}`).replaceAll("\\&", "&amp;")
    .replaceAll("\\<", "&lt;").replaceAll("\\>", "&gt;").replaceAll("\\@", "&#64;");
}

function table({ title, columns, numeric, rows }: TextRows): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.map(escape).join(" | ")} |`;
  const left = rows.length - mostRows;
  return [
    `### ${escape(title)}`,
    "",
    line(columns),
    `| ${columns.map((_, index) => numeric.includes(index) ? "---:" : "---").join(" | ")} |`,
    ...rows.slice(0, mostRows).map(line),
    "",
    ...(left > 0 ? [`… and ${left} more, in the report.`, ""] : []),
  ];
}

/** The summary of a night, as Markdown. */
export function renderSummary(report: NightReport): string {
  const remarks = remarksOf(report);
  return [
    `## ${escape(headlineOf(report))}`,
    "",
    escape(factsOf(report)),
    "",
    ...summaryTables(report).flatMap(table),
    ...powerOf(report.judgements).flatMap((text) => [escape(text), ""]),
    ...remarks.slice(0, mostRows).map((remark) => `- ${escape(remark)}`),
    ...(remarks.length > mostRows ? [`- … and ${remarks.length - mostRows} more`] : []),
    "",
    `Made in ${formatDuration(report.seconds)}.`,
    "",
  ].join("\n");
}
