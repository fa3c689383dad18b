/**
 * A night in words: what summaries and pages say alike.
 *
 * @module
 */

import { cleanText, countOf, formatNumber, formatRange, formatSigned } from "../reports/format.ts";
import type { Judgement, Verdict } from "./gate/judge.ts";
import type { SpeedJudgement } from "./gate/judge_speed.ts";
import type { Drift } from "./gate/drift.ts";
import {
  exitCodeOf,
  failuresOf,
  gapsOf,
  lossesOf,
  type NightReport,
  type TableNight,
} from "./night_report.ts";

/** Rows of one list that a summary prints: hosts cut a long one off. */
export const mostRows = 40;

/** Words for verdicts. */
export const verdictWords: Readonly<Record<Verdict | SpeedJudgement["verdict"], string>> = {
  same: "same",
  noise: "within noise",
  tolerated: "tolerated loss",
  loss: "LOSS",
  known: "known loss",
  gain: "better",
  "not judged": "not judged",
};

/** A table of text: headings and rows. */
export interface TextRows {
  readonly title: string;
  readonly columns: readonly string[];
  /** Columns of numbers. */
  readonly numeric: readonly number[];
  readonly rows: readonly (readonly string[])[];
}

/** The verdict of a night, as a heading. */
export function headlineOf(report: NightReport): string {
  const failures = failuresOf(report);
  if (failures.length > 0) return `Failed: ${failures.join(", ")}`;
  if (exitCodeOf(report) !== 0) return `Not judged in full: ${gapsOf(report).join(", ")}`;
  const { tables } = report;
  const isFirst = tables.length > 0 && tables.every(({ state }) => state === "first night");
  if (isFirst) return "Passed: the first night, stored as the baseline";
  const isAccepted = tables.length > 0 && tables.every(({ stored }) => stored);
  if (isAccepted) return "Passed: accepted, and stored as the baseline";
  return "Passed: nothing is worse beyond noise and tolerance";
}

/** Facts about a night, in a line. */
export function factsOf({ time, commit, hasChanges, branch, machine }: NightReport): string {
  return cleanText([
    time.replace("T", " ").replace(/:\d\d\.\d+Z$/, " UTC"),
    commit === null
      ? "no commit"
      : `commit ${commit.slice(0, 12)}${hasChanges ? " with changes" : ""}`,
    ...(branch === null ? [] : [`branch ${branch}`]),
    machine,
  ].join(" · "));
}

/** Name of a comparison for the reader. */
export function nameOf({ group }: Judgement): string {
  const { level, table, name, cells } = group;
  const count = ` (mean of ${countOf(cells.length, "number")})`;
  if (level === "cell") return `${table}: ${name}`;
  if (level === "table") return `${table}: all, ${group.metric.title}${count}`;
  return `${table}: ${level} ${name}, ${group.metric.title}${count}`;
}

function decimalsOf({ group }: Judgement): number {
  return (group.metric.decimals ?? 1) + 1;
}

/** Comparisons as rows. */
export function judgementRows(title: string, judgements: readonly Judgement[]): TextRows {
  return {
    title,
    columns: [
      "what",
      "baseline",
      "now",
      "change",
      "95 % interval",
      "tolerance",
      "p, corrected",
      "",
    ],
    numeric: [1, 2, 3, 4, 5, 6],
    rows: judgements.map((judgement) => {
      const digits = decimalsOf(judgement);
      return [
        cleanText(nameOf(judgement)),
        formatNumber(judgement.base, digits),
        formatNumber(judgement.next, digits),
        formatSigned(judgement.difference, digits),
        formatRange([...judgement.ci95], { signed: true, digits }),
        formatNumber(judgement.tolerance, digits),
        judgement.adjustedP < 0.0001 ? "< 0.0001" : judgement.adjustedP.toFixed(4),
        verdictWords[judgement.verdict],
      ];
    }),
  };
}

/** Cases as rows. */
export function speedRows(judgements: readonly SpeedJudgement[]): TextRows {
  return {
    title: "Speed and memory, now / baseline",
    columns: ["case", "of", "ratio", "95 % interval", "tolerance", "smallest found", ""],
    numeric: [2, 3, 4, 5],
    rows: judgements.map(({ pairs, ratio, ci95, tolerance, smallestRatio, verdict }) => [
      cleanText(pairs.place),
      pairs.quantity === "time" ? "time of a step" : "peak memory",
      formatNumber(ratio, 3),
      formatRange([...ci95], { digits: 3 }),
      formatNumber(tolerance, 2),
      formatNumber(smallestRatio, 2),
      verdictWords[verdict],
    ]),
  };
}

/** Drift as rows. */
export function driftRows(drift: readonly Drift[]): TextRows {
  return {
    title: "Drift since the baseline",
    columns: ["position", "change", "nights"],
    numeric: [1, 2],
    rows: drift.map(({ position, difference, half, nights }) => [
      cleanText(position),
      `${formatSigned(difference, 2)} ± ${half.toFixed(2)}`,
      String(nights),
    ]),
  };
}

const stateWords: Readonly<Record<TableNight["state"], string>> = {
  judged: "judged",
  "first night": "first night",
  conflict: "conflict: not judged",
  "no baseline": "the baseline cannot be used",
  failed: "FAILED",
};

/** Tables as rows. */
export function tableRows({ tables, judgements }: NightReport): TextRows {
  return {
    title: "Tables",
    columns: [
      "table",
      "state",
      "baseline",
      "same",
      "noise",
      "tolerated",
      "better",
      "worse",
      "lost",
    ],
    numeric: [3, 4, 5, 6, 7, 8],
    rows: tables.map(({ name, state, baseline, lost, stored }) => {
      const own = judgements.filter(({ group }) => group.table === name && group.level === "cell");
      const count = (...verdicts: Verdict[]) =>
        String(own.filter(({ verdict }) => verdicts.includes(verdict)).length);
      return [
        cleanText(name),
        stored && state !== "first night" ? "stored as the baseline" : stateWords[state],
        baseline === undefined
          ? "–"
          : `${baseline.time.slice(0, 10)}, ${baseline.commit?.slice(0, 12) ?? "no commit"}`,
        count("same"),
        count("noise"),
        count("tolerated", "known"),
        count("gain"),
        count("loss"),
        String(lost.length),
      ];
    }),
  };
}

/** The tables of a summary, in their order; those without rows say nothing. */
export function summaryTables(report: NightReport): TextRows[] {
  const of = (verdict: Verdict) =>
    report.judgements.filter((judgement) => judgement.verdict === verdict);
  return [
    judgementRows("Losses", lossesOf(report)),
    tableRows(report),
    judgementRows("Known losses", of("known")),
    judgementRows("Losses within the tolerance", of("tolerated")),
    driftRows(report.drift),
    judgementRows("Better", of("gain")),
    speedRows(report.speed?.judgements ?? []),
  ].filter(({ rows }) => rows.length > 0);
}

/** What the night could have found, in sentences. */
export function powerOf(judgements: readonly Judgement[]): string[] {
  const compared = judgements.filter(({ verdict }) => verdict !== "same");
  if (compared.length === 0) return [];
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const parts = (["table", "column", "row", "cell"] as const).flatMap((level) => {
    const own = compared.filter(({ group }) => group.level === level);
    if (own.length === 0) return [];
    const name = { table: "the whole table", column: "a column", row: "a row", cell: "one number" };
    return [
      `${formatNumber(median(own.map(({ smallestLoss }) => smallestLoss)), 1)} in ${name[level]}`,
    ];
  });
  const assumed = compared.some(({ spread }) => spread === "assumed");
  const few = !assumed && compared.some(({ seeds }) => seeds.base + seeds.next <= 4);
  return [
    `Smallest loss that this night would have found in eight of ten cases, median, in the unit of the ` +
    `metric: ${parts.join(", ")}.`,
    ...(assumed
      ? [
        "The spread of seeds is not known (one seed in both nights), so a wide one is assumed: run " +
        "three seeds, and five for the baseline.",
      ]
      : []),
    ...(few
      ? [
        "So few seeds tell little of their spread: a training that collapses now and then may fail a " +
        "night. Run three seeds, and five for the baseline.",
      ]
      : []),
  ];
}

/** Remarks on a night. */
export function remarksOf(report: NightReport): string[] {
  return [
    ...report.tables.flatMap(({ name, messages, advice }) =>
      messages.map((message, index) =>
        `${name}: ${message}${index === 0 && advice !== undefined ? `. ${advice}` : ""}`
      )
    ),
    ...report.tables.flatMap(({ name, lost }) =>
      lost.map(({ id, reason }) => `${name}: lost: ${id}: ${reason}`)
    ),
    ...report.tables.flatMap(({ name, gained }) =>
      gained.length === 0 ? [] : [
        `${name}: ${
          countOf(gained.length, "number")
        } that the baseline has not, not judged until a ` +
        "night is accepted",
      ]
    ),
    ...(report.speed === undefined ? [] : [
      `Speed: ${report.speed.against}`,
      ...report.speed.failed.map(({ place, reason }) => `Speed: ${place} failed: ${reason}`),
      ...report.speed.bench.warnings.map((warning) => `Speed: ${warning}`),
    ]),
    ...(report.speedProblem === undefined ? [] : [`Speed: ${report.speedProblem.message}`]),
    ...report.remarks,
    `History: ${report.history.message}`,
  ].map(cleanText);
}
