/**
 * Compares two results of the same table, number by number.
 *
 * @module
 */

import { ConfigError } from "../core/errors.ts";
import { standardError } from "../core/results/interval.ts";
import type { ResultCell, ResultFile, ResultMetric } from "../core/results/result.ts";
import { studentQuantile } from "../core/results/student_t.ts";
import { addVariances } from "../core/results/variance.ts";
import { findConflicts } from "./compare_conflicts.ts";
import {
  cleanText,
  countOf,
  excludesZero,
  formatNumber,
  formatRange,
  formatSigned,
} from "./format.ts";
import { decimalsOf } from "./table_model.ts";
import { fitText, wrapText } from "./text_layout.ts";

/** A difference with its 95 % interval. */
export interface IntervalEstimate {
  /** Mean of the paired differences, new − base. */
  readonly difference: number;
  /** 95 % interval, [low, high]. */
  readonly ci95: [number, number];
}

/** Settings of {@linkcode compareResults}. */
export interface CompareOptions {
  /** Compares although the results measure different things. @default {false} */
  force?: boolean;
  /**
   * The difference new − base of a cell, paired by seed and image, where the evidence is at hand. Undefined: the interval is made from the intervals of the two results, which is
   * wider.
   */
  pairedDifference?: (base: ResultCell, next: ResultCell) => IntervalEstimate | undefined;
  /** Put among the remarks. */
  warnings?: readonly string[];
}

/** What became of a number. */
export type ComparisonVerdict =
  /** Worse, and the interval of the difference leaves out 0. */
  | "regression"
  /** Better, and the interval of the difference leaves out 0. */
  | "improvement"
  /** Equal for every seed. */
  | "same"
  /** Different, within the interval. */
  | "within-noise"
  /** Different, without an interval to judge by. */
  | "unknown";

/** One number in both results. */
export interface ComparedCell {
  /** Id of the cell in both results. */
  readonly id: string;
  /** What the numbers are. */
  readonly metric: ResultMetric;
  /** The cell of the base. */
  readonly base: ResultCell;
  /** The cell of the new result. */
  readonly next: ResultCell;
  /** new − base. */
  readonly difference: number;
  /** 95 % interval of the difference, or null where a side has none. */
  readonly ci95: [number, number] | null;
  /** How the interval was made. */
  readonly method: "paired" | "independent" | "none";
  /** What became of the number. */
  readonly verdict: ComparisonVerdict;
}

/** What {@linkcode compareResults} found. */
export interface ComparisonReport {
  /** Name of the table. */
  readonly table: string;
  /** Every number that both results have, in the order of the base. */
  readonly cells: readonly ComparedCell[];
  /** Cells measured in the base and not in the new result, with the reason. */
  readonly lost: readonly { readonly id: string; readonly reason: string }[];
  /** Ids of the cells measured only in the new result. */
  readonly gained: readonly string[];
  /** What makes the results differ in kind: forced differences, other settings, other seeds. */
  readonly remarks: readonly string[];
  /** False where a number is worse beyond noise or lost: a gate fails then. */
  readonly passed: boolean;
}

function isMeasured(cell: ResultCell | undefined): cell is ResultCell & { value: number } {
  return cell !== undefined && cell.status === "measured" && cell.value !== null;
}

/**
 * Interval of new − base, which takes the two for independent; tested on the same images they are not, so
 * it is wider than need be. Of two standard errors it is that of Welch, by Student's t with the degrees of
 * freedom of their sum; older results have intervals alone, of which it is made by the method of variance
 * estimates recovery (Zou and Donner 2008): low = d − √((next − next.low)² +
 * (base.high − base)²), high likewise.
 */
function independentInterval(base: ResultCell, next: ResultCell): [number, number] | null {
  if (base.ci95 === null || next.ci95 === null) return null;
  const from = base.value!, to = next.value!;
  const difference = to - from;
  if (base.error !== undefined && next.error !== undefined) {
    const { value, degrees } = addVariances(
      ...[base.error, next.error].map((error) => (
        { value: standardError(error) ** 2, degrees: error.degrees }
      )),
    );
    const half = Math.sqrt(value) * studentQuantile(0.975, degrees);
    return [difference - half, difference + half];
  }
  return [
    difference - Math.hypot(to - next.ci95[0], base.ci95[1] - from),
    difference + Math.hypot(next.ci95[1] - to, from - base.ci95[0]),
  ];
}

function compareCell(
  metric: ResultMetric,
  base: ResultCell & { value: number },
  next: ResultCell & { value: number },
  options: CompareOptions,
): ComparedCell {
  const isSame = base.value === next.value && base.perSeed.length === next.perSeed.length &&
    base.perSeed.every((value, seed) => value === next.perSeed[seed]);
  const paired = options.pairedDifference?.(base, next);
  const difference = paired?.difference ?? next.value - base.value;
  const ci95 = paired?.ci95 ?? independentInterval(base, next);
  const method = paired !== undefined ? "paired" : ci95 !== null ? "independent" : "none";
  const gain = metric.higherIsBetter ? difference : -difference;
  const verdict = isSame
    ? "same"
    : ci95 === null
    ? "unknown"
    : !excludesZero(ci95)
    ? "within-noise"
    : gain < 0
    ? "regression"
    : "improvement";
  return { id: base.id, metric, base, next, difference, ci95, method, verdict };
}

/**
 * Compares two results of the same table, paired by the ids of their cells.
 *
 * A number counts as worse only where the 95 % interval of its difference lies wholly on the bad
 * side of zero. A number that was measured in the base and is not any more counts as lost.
 *
 * @throws {ConfigError} where table, size, protocol, the content of data or teachers, a task's version
 * or a metric differ, unless `force` is set, and where no cell is in both.
 */
export function compareResults(
  base: ResultFile,
  next: ResultFile,
  options: CompareOptions = {},
): ComparisonReport {
  const { conflicts, remarks: differences } = findConflicts(base, next);
  if (conflicts.length > 0 && options.force !== true) {
    throw new ConfigError(
      `Cannot compare results that measure different things: ${conflicts.join("; ")}. ` +
        "Compare runs of one table, size, protocol and task version on the same data, or compare all " +
        "the same with --force",
    );
  }
  const baseCells = new Map(base.cells.map((cell) => [cell.id, cell]));
  const nextCells = new Map(next.cells.map((cell) => [cell.id, cell]));
  const metrics = new Map(base.columns.map(({ id, metric }) => [id, metric]));
  const cells: ComparedCell[] = [];
  const lost: { id: string; reason: string }[] = [];
  for (const cell of base.cells) {
    if (!isMeasured(cell)) continue;
    const other = nextCells.get(cell.id);
    if (isMeasured(other)) {
      const metric = metrics.get(cell.column);
      if (metric === undefined) throw new Error(`internal: cell ${cell.id} has no column`);
      cells.push(compareCell(metric, cell, other, options));
    } else lost.push({ id: cell.id, reason: explainLoss(cell, next) });
  }
  if (cells.length === 0) {
    throw new ConfigError(
      "Cannot compare these results: no cell is measured in both. Compare finished runs of one table",
    );
  }
  const gained = next.cells.filter((cell) =>
    isMeasured(cell) && !isMeasured(baseCells.get(cell.id))
  )
    .map(({ id }) => id);
  const remarks = [...conflicts.map((conflict) => `Forced: ${conflict}`), ...differences];
  if (base.configHash !== next.configHash && remarks.length === 0) {
    remarks.push("The configurations differ.");
  }
  if (base.seeds.join() !== next.seeds.join()) {
    remarks.push(`Seeds ${base.seeds.join(", ")} are compared with ${next.seeds.join(", ")}.`);
  }
  for (const [name, result] of [["base", base], ["new result", next]] as const) {
    if (!result.finished) remarks.push(`The ${name} is not finished.`);
  }
  remarks.push(...options.warnings ?? []);
  const passed = lost.length === 0 && cells.every(({ verdict }) => verdict !== "regression");
  return { table: next.table, cells, lost, gained, remarks, passed };
}

/** Why a cell has no number any more; a failure is written in one cell for all splits. */
function explainLoss(cell: ResultCell, next: ResultFile): string {
  const others = next.cells.filter((other) =>
    other.row === cell.row && other.column === cell.column && other.status !== "measured"
  );
  const exact = others.find((other) => other.id === cell.id) ?? others[0];
  if (exact === undefined) return "there is no such cell";
  return exact.reason ?? exact.status;
}

const verdictWords: Record<ComparisonVerdict, string> = {
  regression: "WORSE",
  improvement: "better",
  same: "same",
  "within-noise": "within noise",
  unknown: "no interval",
};

/**
 * A comparison as plain text: every number that changed, what was lost, and the judgement.
 *
 * @param options.width Columns of the terminal. @default {120}
 * @param options.all Prints unchanged numbers too. @default {false}
 */
export function renderComparison(
  report: ComparisonReport,
  options: { width?: number; all?: boolean } = {},
): string {
  const width = Math.max(80, Math.floor(options.width ?? 120));
  const shown = report.cells.filter(({ verdict }) => options.all === true || verdict !== "same");
  const numbers = 8 + 8 + 8 + 18 + 13 + 5;
  const idWidth = Math.min(
    width - numbers,
    Math.max(4, ...shown.map(({ id }) => [...id].length)),
  );
  const line = (id: string, parts: readonly string[], verdict: string) =>
    [
      fitText(cleanText(id), idWidth),
      ...parts.map((part, index) => fitText(part, index === 3 ? 18 : 8, "right")),
      ` ${verdict}`,
    ].join(" ").trimEnd();
  const count = (verdict: ComparisonVerdict) =>
    report.cells.filter((cell) => cell.verdict === verdict).length;
  const lines = shown.length === 0 ? [] : [
    line("cell", ["base", "new", "change", "95 % interval"], ""),
    ...shown.map((cell) =>
      line(cell.id, [
        formatNumber(cell.base.value, decimalsOf(cell.metric)),
        formatNumber(cell.next.value, decimalsOf(cell.metric)),
        formatSigned(cell.difference, decimalsOf(cell.metric)),
        formatRange(cell.ci95, { signed: true, digits: decimalsOf(cell.metric) }),
      ], verdictWords[cell.verdict])
    ),
    "",
  ];
  const isUnpaired = report.cells.some(({ method, verdict }) =>
    method === "independent" && verdict !== "same"
  );
  const notes = [
    `${countOf(report.cells.length, "number")} of ${report.table} compared: ` +
    `${count("same")} same, ${count("within-noise")} within noise, ` +
    `${count("improvement")} better, ${count("regression")} worse` +
    (count("unknown") > 0 ? `, ${count("unknown")} without interval.` : "."),
    ...report.lost.map(({ id, reason }) => `Lost: ${id}: ${reason}`),
    ...(report.gained.length > 0 ? [`${countOf(report.gained.length, "new number")}.`] : []),
    ...report.remarks,
    ...(isUnpaired
      ? ["Intervals of numbers without evidence per image take both runs for independent: wide."]
      : []),
    report.passed
      ? "Passed: nothing is lost, and nothing is worse beyond noise."
      : "Not passed: a number is worse beyond noise or lost.",
  ];
  return [...lines, ...notes.flatMap((note) => wrapText(cleanText(note), width, "  ")), ""]
    .join("\n");
}
