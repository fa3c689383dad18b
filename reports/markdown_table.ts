/**
 * A result as Markdown tables, for a README.
 *
 * @module
 */

import type { ResultFile, ResultSplit } from "../core/results/result.ts";
import { describePaper, describeSplits, intervalCovers } from "./legend.ts";
import {
  cleanText,
  excludesZero,
  formatNumber,
  formatSigned,
  formatWithInterval,
  noValue,
} from "./format.ts";
import {
  buildDifferences,
  buildTable,
  decimalsOf,
  describePower,
  describeRow,
  describeUnit,
  differenceUnit,
  hasPower,
  headlineSplits,
  splitHeading,
  type TableEntry,
  whyNoPower,
} from "./table_model.ts";

/** Text that Markdown and HTML print as it is, within one table cell. */
export function escapeMarkdown(text: string): string {
  return cleanText(text)
    .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
    .replace(/[\\`*_[\]|~#!]/g, (sign) => `\\${sign}`);
}

function formatEntry(entry: TableEntry, splits: readonly ResultSplit[]): string {
  const digits = decimalsOf(entry.column.metric);
  const paper = entry.paper === null ? entry.noPaper : formatNumber(entry.paper, digits);
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
      const measured = splits.map(({ name }, index) => {
        const cell = entry.cells[name];
        const interval = index === 0 ? cell?.ci95 ?? null : null;
        const text = formatWithInterval(cell?.value ?? null, interval, { digits });
        return entry.best.has(name) && text !== noValue ? `**${text}**` : text;
      });
      return [paper, ...measured].join(" · ");
    }
  }
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/**
 * The table and the differences of a result as Markdown. Each cell reads `paper · first test split ±
 * the longer side of the 95 % interval · other test splits`; the best measured value of a block is bold.
 */
export function renderMarkdownTable(result: ResultFile): string {
  const { blocks, splits } = buildTable(result);
  const lines = [
    tableLine([
      "",
      ...result.columns.map((column) =>
        `${escapeMarkdown(column.group)}<br>${escapeMarkdown(column.header)}` +
        (column.metric.unit === "%" && column.metric.higherIsBetter
          ? ""
          : `<br>(${escapeMarkdown(describeUnit(column.metric))})`)
      ),
    ]),
    tableLine(["---", ...result.columns.map(() => "---")]),
  ];
  for (const block of blocks) {
    lines.push(tableLine([`**${escapeMarkdown(block.name)}**`, ...result.columns.map(() => "")]));
    for (const { row, entries } of block.rows) {
      const name = escapeMarkdown(describeRow(row, result.rows));
      lines.push(tableLine([name, ...entries.map((entry) => formatEntry(entry, splits))]));
    }
  }
  lines.push(
    "",
    `Each cell: paper · ${
      splits.map((split, index) =>
        `measured on ${escapeMarkdown(splitHeading(split))}` +
        (index === 0
          ? ` ± the longer side of the 95 % interval over ${intervalCovers(result)}`
          : "")
      ).join(" · ")
    }. ${escapeMarkdown(describeSplits(result))}. ${describePaper(result)} Size ${
      escapeMarkdown(result.size)
    }, ${result.seeds.length === 1 ? "seed" : "seeds"} ${result.seeds.join(", ")}.`,
  );
  const differences = buildDifferences(result);
  if (differences.length > 0) {
    const isPercent = differences.every(({ column }) => column?.metric.unit === "%");
    const [shown] = headlineSplits(result);
    const tellsPower = hasPower(differences, shown?.name ?? "");
    const powerHeaders = tellsPower ? ["seen 9 in 10", "seeds for the paper's"] : [];
    lines.push(
      "",
      tableLine([
        isPercent ? "Difference, in points" : "Difference",
        "paper",
        ...result.splits.map((split) => escapeMarkdown(splitHeading(split))),
        ...powerHeaders,
      ]),
      tableLine([
        "---",
        "---",
        ...result.splits.map(() => "---"),
        ...powerHeaders.map(() => "---"),
      ]),
    );
    for (const line of differences) {
      const { label, column, paper, noPaper, splits } = line;
      const power = describePower(line, shown?.name ?? "");
      const digits = decimalsOf(column?.metric);
      const unit = isPercent || column === undefined ? "" : differenceUnit(column.metric);
      const name = column === undefined
        ? "?"
        : `${column.group}, ${column.header}${unit === "" ? "" : ` (${unit})`}`;
      const measured = result.splits.map((split) => {
        const comparison = splits[split.name];
        const interval = comparison?.ci95 ?? null;
        const text = formatWithInterval(comparison?.difference ?? null, interval, {
          signed: true,
          digits,
        });
        return excludesZero(interval) && text !== noValue ? `**${text}**` : text;
      });
      lines.push(
        tableLine([
          `${escapeMarkdown(label)}: ${escapeMarkdown(name)}`,
          paper === null ? noPaper : formatSigned(paper, digits),
          ...measured,
          ...(tellsPower ? [power.detectable, power.seedsForPaper] : []),
        ]),
      );
    }
    lines.push(
      "",
      "Bold differences: the 95 % interval leaves out 0. " +
        (!tellsPower
          ? whyNoPower(result)
          : "Seen 9 in 10: the smallest true difference that would be seen nine times in ten" +
            (shown === undefined ? "" : ` on ${escapeMarkdown(splitHeading(shown))}`) +
            "; seeds for the paper's: how many would show a difference of that size, never where the images " +
            "are too few."),
    );
  }
  return `${lines.join("\n")}\n`;
}
