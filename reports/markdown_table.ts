/**
 * A result as Markdown tables, for a README.
 *
 * @module
 */

import type { ResultFile } from "../core/results/result.ts";
import { cleanText, formatNumber, formatWithInterval, noValue } from "./format.ts";
import {
  buildDifferences,
  buildTable,
  describeRow,
  excludesZero,
  type ReportSplit,
  type TableEntry,
} from "./table_model.ts";

/** Text that Markdown and HTML print as it is, within one table cell. */
export function escapeMarkdown(text: string): string {
  return cleanText(text)
    .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
    .replace(/[\\`*_[\]|~#!]/g, (sign) => `\\${sign}`);
}

function formatEntry(entry: TableEntry): string {
  const paper = formatNumber(entry.paper);
  switch (entry.status) {
    case "quoted":
      return entry.paper === null ? noValue : `${paper} · quoted`;
    case "not-run":
      return `${paper} · not run`;
    case "failed":
      return `${paper} · failed`;
    case "none":
      return entry.paper === null ? noValue : paper;
    case "measured": {
      const measured = (split: ReportSplit, interval: boolean) => {
        const cell = entry.cells[split];
        const text = formatWithInterval(cell?.value ?? null, interval ? cell?.ci95 ?? null : null);
        return entry.best.has(split) && text !== noValue ? `**${text}**` : text;
      };
      return `${paper} · ${measured("val", true)} · ${measured("ood", false)}`;
    }
  }
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/**
 * The table and the differences of a result as Markdown. Each cell reads `paper · val ± half of the
 * 95 % interval · ood`; the best measured value of a block is bold.
 */
export function renderMarkdownTable(result: ResultFile): string {
  const { blocks } = buildTable(result);
  const lines = [
    tableLine([
      "",
      ...result.columns.map((column) =>
        `${escapeMarkdown(column.group)}<br>${escapeMarkdown(column.header)}`
      ),
    ]),
    tableLine(["---", ...result.columns.map(() => "---")]),
  ];
  for (const block of blocks) {
    lines.push(tableLine([`**${escapeMarkdown(block.name)}**`, ...result.columns.map(() => "")]));
    for (const { row, entries } of block.rows) {
      const name = escapeMarkdown(describeRow(row, result.rows));
      lines.push(tableLine([name, ...entries.map(formatEntry)]));
    }
  }
  lines.push(
    "",
    "Each cell: paper · measured on the val artist ± half of the 95 % interval over seeds and icons · " +
      "measured on the ood artist. The paper's numbers are on other data: compare differences, not " +
      `levels. Size ${escapeMarkdown(result.size)}, ${
        result.seeds.length === 1 ? "seed" : "seeds"
      } ${result.seeds.join(", ")}.`,
  );
  const differences = buildDifferences(result);
  if (differences.length > 0) {
    lines.push(
      "",
      tableLine(["Difference, in points", "paper", "val", "ood", "dev"]),
      tableLine(["---", "---", "---", "---", "---"]),
    );
    for (const { label, column, paper, splits } of differences) {
      const name = column === undefined ? "?" : `${column.group}, ${column.header}`;
      const measured = (["val", "ood", "dev"] as const).map((split) => {
        const comparison = splits[split];
        const interval = comparison?.ci95 ?? null;
        const text = formatWithInterval(comparison?.difference ?? null, interval, {
          signed: true,
        });
        return excludesZero(interval) && text !== noValue ? `**${text}**` : text;
      });
      lines.push(
        tableLine([
          `${escapeMarkdown(label)}: ${escapeMarkdown(name)}`,
          formatWithInterval(paper, null, { signed: true }),
          ...measured,
        ]),
      );
    }
    lines.push("", "Bold differences: the 95 % interval leaves out 0.");
  }
  return `${lines.join("\n")}\n`;
}
