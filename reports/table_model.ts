/**
 * A result arranged as the table that every report prints: blocks of rows, and under each column the
 * paper's number, the measured ones and why a number is missing.
 *
 * @module
 */

import type {
  ResultCell,
  ResultColumn,
  ResultComparison,
  ResultFile,
  ResultMetric,
  ResultRow,
  ResultSplit,
} from "../core/results/result.ts";
import { cleanText, formatNumber, noValue } from "./format.ts";

/** What stands under one column of one row. */
export interface TableEntry {
  /** The column. */
  column: ResultColumn;
  /** The paper's number, or null where it is not available. */
  paper: number | null;
  /** What stands in its place where it is null: see {@linkcode noPaperWord}. */
  noPaper: string;
  /** Cells by split; undefined where the row has no such cell. */
  cells: Partial<Record<string, ResultCell>>;
  /** `measured` where at least one split is measured, else the state of the cells. */
  status: ResultCell["status"] | "none";
  /** Why nothing is measured. */
  reason: string | null;
  /** Whether the paper's number is the best of its block. */
  bestPaper: boolean;
  /** Splits on which the measured value is the best of its block. */
  best: ReadonlySet<string>;
}

/** One row of the table. */
export interface TableRow {
  /** The row. */
  row: ResultRow;
  /** One entry per column of the table. */
  entries: TableEntry[];
}

/** Rows that stand together, e.g. those of one student architecture. */
export interface TableBlock {
  /** Name of the block. */
  name: string;
  /** Rows in their order. */
  rows: TableRow[];
}

/** Neighbouring columns under one heading. */
export interface ColumnGroup {
  /** The heading. */
  name: string;
  /** Columns in their order. */
  columns: ResultColumn[];
}

/** A result arranged for printing. */
export interface TableModel {
  /** Columns under their headings. */
  groups: ColumnGroup[];
  /** Blocks in their order. */
  blocks: TableBlock[];
  /** Splits that stand under each column, in their order; see {@linkcode headlineSplits}. */
  splits: ResultSplit[];
}

/** One line of the table of differences: two rows under one column, on every split. */
export interface DifferenceLine {
  /** What is compared. */
  label: string;
  /** The column; undefined where the result names one it does not have. */
  column: ResultColumn | undefined;
  /** The difference between the paper's numbers, or null. */
  paper: number | null;
  /** What stands in its place where it is null. */
  noPaper: string;
  /** Differences by split. */
  splits: Partial<Record<string, ResultComparison>>;
}

/**
 * Splits whose numbers stand in the main table: those for tests. Splits for choosing settings would
 * look like further tests there; they stand among the differences and in the list of all numbers.
 * Where a result has no others, all of its splits.
 */
export function headlineSplits({ splits }: Pick<ResultFile, "splits">): ResultSplit[] {
  const tests = splits.filter(({ role }) => role === "test");
  return tests.length > 0 ? tests : splits;
}

/**
 * Heading of a split: its title, or its name where the title is too long; the legend has both.
 *
 * @param longest Most characters of a title that serves as a heading.
 */
export function splitHeading({ name, title }: ResultSplit, longest = 12): string {
  return [...title].length > longest ? name : title;
}

/** Unit of differences of a metric: points for percent. */
export function differenceUnit({ unit }: Pick<ResultMetric, "unit">): string {
  return unit === "%" ? "points" : unit;
}

/** Decimals that a metric is printed with. */
export function decimalsOf(metric: Pick<ResultMetric, "decimals"> | undefined): number {
  return metric?.decimals ?? 1;
}

/** What a column's numbers are, for its heading: unit, and a mark where lower is better. */
export function describeUnit({ unit, higherIsBetter }: ResultMetric): string {
  return [unit, ...(higherIsBetter ? [] : ["lower is better"])].filter((text) => text !== "")
    .join(", ");
}

/** A metric with its unit, for an axis. */
export function describeMetric(metric: ResultMetric): string {
  const unit = describeUnit(metric);
  return cleanText(unit === "" ? metric.title : `${metric.title} (${unit})`);
}

/** Groups neighbours by a key, keeping their order. */
function groupNeighbours<T>(items: readonly T[], key: (item: T) => string): [string, T[]][] {
  const groups: [string, T[]][] = [];
  for (const item of items) {
    const name = key(item);
    const last = groups.at(-1);
    if (last !== undefined && last[0] === name) last[1].push(item);
    else groups.push([name, [item]]);
  }
  return groups;
}

/** Whether any of the paper's numbers is known. */
export function hasPaper({ cells }: Pick<ResultFile, "cells">): boolean {
  return cells.some(({ paper }) => paper !== null);
}

/** What stands for a number of the paper: “–” where it prints none, `n/a` where none of them is known. */
export function noPaperWord(result: Pick<ResultFile, "cells">): string {
  return hasPaper(result) ? noValue : "n/a";
}

function buildEntry(
  column: ResultColumn,
  cells: readonly ResultCell[],
  noPaper: string,
): TableEntry {
  const bySplit: Partial<Record<string, ResultCell>> = {};
  for (const cell of cells) bySplit[cell.split] = cell;
  const measured = cells.some((cell) => cell.status === "measured" && cell.value !== null);
  // A failure says more than a cell that did not run because of it.
  const shown = cells.find((cell) => cell.status === "failed") ??
    cells.find((cell) => cell.status === "not-run") ?? cells[0];
  return {
    column,
    paper: cells.find((cell) => cell.paper !== null)?.paper ?? null,
    noPaper,
    cells: bySplit,
    status: measured ? "measured" : shown?.status ?? "none",
    reason: measured ? null : shown?.reason ?? null,
    bestPaper: false,
    best: new Set(),
  };
}

/** Marks the best of each column among the students of a block; teachers do not compete. */
function markBest(block: TableBlock, columns: readonly ResultColumn[]): void {
  const competing = block.rows.filter(({ row: { kind, student, epochs } }) =>
    kind !== "baseline" && (student !== null || (kind === "run" && epochs !== null))
  );
  for (const [index, { metric }] of columns.entries()) {
    const entries = competing.map(({ entries }) => entries[index]!);
    const papers = entries.flatMap((entry) => entry.paper ?? []);
    const bestOf = (values: number[]) =>
      // Where all are equal, as zeros of a test run are, none is the best.
      new Set(values).size < 2
        ? null
        : metric.higherIsBetter
        ? Math.max(...values)
        : Math.min(...values);
    const bestPaper = bestOf(papers);
    const splits = new Set(entries.flatMap((entry) => Object.keys(entry.cells)));
    const bestMeasured = new Map<string, number>();
    for (const split of splits) {
      const values = entries.flatMap((entry) => entry.cells[split]?.value ?? []);
      const best = bestOf(values);
      if (best !== null) bestMeasured.set(split, best);
    }
    for (const entry of entries) {
      entry.bestPaper = bestPaper !== null && entry.paper === bestPaper;
      entry.best = new Set(
        [...bestMeasured].filter(([split, best]) => entry.cells[split]?.value === best)
          .map(([split]) => split),
      );
    }
  }
}

/** Arranges a result as the printed table. */
export function buildTable(result: ResultFile): TableModel {
  const noPaper = noPaperWord(result);
  const cellsOf = Map.groupBy(result.cells, (cell) => JSON.stringify([cell.row, cell.column]));
  const blocks = groupNeighbours(result.rows, (row) => row.block).map(([name, rows]) => ({
    name,
    rows: rows.map((row) => ({
      row,
      entries: result.columns.map((column) =>
        buildEntry(column, cellsOf.get(JSON.stringify([row.id, column.id])) ?? [], noPaper)
      ),
    })),
  }));
  for (const block of blocks) markBest(block, result.columns);
  const groups = groupNeighbours(result.columns, (column) => column.group)
    .map(([name, columns]) => ({ name, columns }));
  return { groups, blocks, splits: headlineSplits(result) };
}

/** Arranges the differences of a result: one line per label and column, in their order. */
export function buildDifferences(result: ResultFile): DifferenceLine[] {
  const noPaper = noPaperWord(result);
  const lines = new Map<string, DifferenceLine>();
  for (const comparison of result.comparisons) {
    const key = JSON.stringify([comparison.base, comparison.other, comparison.column]);
    let line = lines.get(key);
    if (line === undefined) {
      line = {
        label: comparison.label,
        column: result.columns.find((column) => column.id === comparison.column),
        paper: null,
        noPaper,
        splits: {},
      };
      lines.set(key, line);
    }
    line.paper ??= comparison.paper;
    line.splits[comparison.split] = comparison;
  }
  return [...lines.values()];
}

/** The paper's name of something that stands for it here: `IN-1k` of `IN-1k → EmojiNet-100`. */
function printedName(name: string | null): string | null {
  return name?.split(" → ", 1)[0] ?? null;
}

/**
 * A short name for a row, unlike that of any other row of its block: its method, and what tells it
 * apart from the rows of the same method, e.g. `LGD · 90 ep · text CT-256`; its epochs wherever the
 * rows of the block have different ones. Of names such as
 * `IN-1k → EmojiNet-100` only the paper's part is used; the full ones stand in the full table.
 */
export function describeRow(row: ResultRow, rows: readonly ResultRow[]): string {
  const twins = rows.filter((other) => other.block === row.block && other.method === row.method);
  const fields = (of: ResultRow) => ({
    teacher: printedName(of.teacher),
    epochs: of.epochs === null ? null : `${of.epochs} ep`,
    data: of.data === null ? null : `data ${printedName(of.data)}`,
    text: of.text === null ? null : `text ${printedName(of.text)}`,
  });
  const block = rows.filter((other) => other.block === row.block && other.kind !== "baseline");
  // Another length is another budget: it is told wherever the rows of a block do not share one.
  const names = (["teacher", "epochs", "data", "text"] as const).filter((field) =>
    new Set((field === "epochs" ? block : twins).map((other) => fields(other)[field])).size > 1
  );
  const describe = (of: ResultRow) =>
    [of.method, ...names.flatMap((field) => fields(of)[field] ?? [])].join(" · ");
  const description = describe(row);
  const isUnique = twins.every((twin) => twin === row || describe(twin) !== description);
  return isUnique ? description : `${description} (${row.id})`;
}

/** What a comparison could have seen, as two short texts. */
export interface PowerTexts {
  /** The smallest difference that is seen nine times in ten. */
  readonly detectable: string;
  /** Seeds with which one of the size of the paper's is. */
  readonly seedsForPaper: string;
}

/** What a line of differences could have seen on a split. */
export function describePower({ column, splits }: DifferenceLine, split: string): PowerTexts {
  const { detectable = null, seedsForPaper = null } = splits[split]?.power ?? {};
  return {
    detectable: formatNumber(detectable, decimalsOf(column?.metric)),
    seedsForPaper: seedsForPaper === null
      ? noValue
      : seedsForPaper === 0
      ? "never"
      : `${seedsForPaper}`,
  };
}

/**
 * What stands in place of the smallest difference that could be seen and of the seeds for the paper's,
 * where no difference has either; empty where that is not for want of seeds.
 */
export function whyNoPower({ seeds }: Pick<ResultFile, "seeds">): string {
  return seeds.length > 1
    ? ""
    : "What could be seen is not known with one seed: it does not tell " +
      "how far trainings lie apart (--seeds 3).";
}

/** Whether any of the differences says what could have been seen on a split. */
export function hasPower(lines: readonly DifferenceLine[], split: string): boolean {
  return lines.some(({ splits }) => (splits[split]?.power?.detectable ?? null) !== null);
}

/** The test of the samples that differ, as a clause; undefined where there is none. */
export function describeTest(comparison: ResultComparison | undefined): string | undefined {
  if (comparison?.test === undefined) return undefined;
  const { name, more, less, exact } = comparison.test;
  const title = name === "mcnemar" ? "McNemar's exact test" : "exact sign test";
  const p = exact < 0.001 ? "p < 0.001" : `p = ${exact.toFixed(3)}`;
  return `${title} of these trainings: more on ${more}, less on ${less} samples, ${p}`;
}
