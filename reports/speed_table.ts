/**
 * The speed benchmarks as plain text for a terminal.
 *
 * @module
 */

import type {
  KernelTime,
  Measurement,
  RatioRange,
  SpeedCaseResult,
  SpeedFile,
  StepProfile,
} from "../core/results/speed_result.ts";
import { median } from "../core/results/quantile.ts";
import { cleanText, countOf, formatDuration, formatNumber, noValue } from "./format.ts";
import { fitText, textWidth, wrapText } from "./text_layout.ts";

/** One side of a case, as tables print it. */
export interface SpeedLine {
  /** Whose numbers these are: "ours" or a peer's name. */
  readonly side: string;
  /** Median over runs of the median step, in milliseconds; null where nothing was measured. */
  readonly milliseconds: number | null;
  readonly imagesPerSecond: number | null;
  /** CPU time of a step, in milliseconds. */
  readonly cpuMilliseconds: number | null;
  readonly peakGigabytes: number | null;
}

/** The figures of one side. */
export function speedLine(side: string, runs: readonly Measurement[]): SpeedLine {
  if (runs.length === 0) {
    return {
      side,
      milliseconds: null,
      imagesPerSecond: null,
      cpuMilliseconds: null,
      peakGigabytes: null,
    };
  }
  const seconds = median(runs.map((run) => median(run.seconds)));
  return {
    side,
    milliseconds: seconds * 1000,
    imagesPerSecond: runs[0]!.images / seconds,
    cpuMilliseconds: median(runs.map((run) => run.cpuSeconds)) * 1000,
    peakGigabytes: median(runs.map((run) => run.peakBytes)) / 2 ** 30,
  };
}

/** Whether the target ratio is reached; null where there is no target or no measurement. */
export function reachesTarget({ target, peers }: SpeedCaseResult): boolean | null {
  const ratio = peers.find(({ name }) => name === target?.peer)?.timeRatio;
  return target && ratio ? ratio.median <= target.timeRatio : null;
}

/**
 * Ratio of the quickest steps of either side, ours / peer: what is left of a comparison on a machine
 * that was not quiet.
 */
export function bestStepRatio(
  ours: readonly Measurement[],
  theirs: readonly Measurement[],
): number | null {
  const quickest = (runs: readonly Measurement[]) =>
    Math.min(...runs.flatMap(({ seconds, images }) => seconds.map((step) => step / images)));
  return ours.length > 0 && theirs.length > 0 ? quickest(ours) / quickest(theirs) : null;
}

/** A number with three digits that count: `0.0123`, `1.23`, `12.3`, `123`. */
export function formatFigure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return noValue;
  const digits = value === 0 ? 0 : 2 - Math.floor(Math.log10(Math.abs(value)));
  return formatNumber(value, Math.min(5, Math.max(0, digits)));
}

/** `1.234 (1.20–1.27)`: the median, fine enough to be held against a target, and the extremes. */
export function formatRatio(range: RatioRange | null): string {
  if (range === null) return noValue;
  const { median: middle, low, high, pairs } = range;
  const extremes = pairs.length > 1 ? ` (${formatFigure(low)}–${formatFigure(high)})` : "";
  return `${
    middle >= 0.1 && middle < 2 ? formatNumber(middle, 3) : formatFigure(middle)
  }${extremes}`;
}

/** Rows under headings, in columns as wide as their longest text. */
function layTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  leftColumns: number,
): string[] {
  const widths = headings.map((heading, column) =>
    Math.max(textWidth(heading), ...rows.map((row) => textWidth(row[column] ?? "")))
  );
  const lay = (row: readonly string[]) =>
    widths.map((width, column) =>
      fitText(row[column] ?? "", width, column < leftColumns ? "left" : "right")
    ).join("  ").trimEnd();
  return [lay(headings), widths.map((width) => "─".repeat(width)).join("──"), ...rows.map(lay)];
}

const headings = [
  "case",
  "threads",
  "side",
  "step ms",
  "images/s",
  "CPU ms",
  "peak GB",
  "time ratio",
  "target",
  "best steps",
  "CPU ratio",
  "memory",
  "difference",
];

function caseRows(result: SpeedCaseResult): string[][] {
  const figures = (line: SpeedLine) => [
    line.side,
    formatFigure(line.milliseconds),
    formatFigure(line.imagesPerSecond),
    formatFigure(line.cpuMilliseconds),
    formatFigure(line.peakGigabytes),
  ];
  const ours = result.layout === null ? "ours" : `ours ${result.layout}`;
  const rows = [[
    cleanText(result.title),
    String(result.threads),
    ...figures(speedLine(ours, result.runs)),
  ]];
  if (result.status !== "measured") rows[0]!.push(result.status.toUpperCase());
  for (const peer of result.peers) {
    if (peer.status !== "measured") {
      rows.push(["", "", peer.title, peer.status.toUpperCase()]);
      continue;
    }
    const isTarget = result.target?.peer === peer.name;
    const reached = reachesTarget(result);
    rows.push([
      "",
      "",
      ...figures(speedLine(peer.title, peer.runs)),
      formatRatio(peer.timeRatio),
      isTarget ? `≤ ${result.target!.timeRatio} ${reached ? "yes" : "NO"}` : noValue,
      formatFigure(bestStepRatio(result.runs, peer.runs)),
      formatRatio(peer.cpuRatio),
      formatRatio(peer.memoryRatio),
      peer.valueDifference === null ? noValue : peer.valueDifference.toExponential(1),
    ]);
  }
  return rows;
}

/** Where the time of a step goes, the longest part first; nothing where that was not measured. */
function partsLines({ title, threads, runs }: SpeedCaseResult): string[] {
  const parts = Object.entries(runs[0]?.parts ?? {}).toSorted(([, a], [, b]) => b - a);
  if (parts.length === 0) return [];
  const total = parts.reduce((sum, [, seconds]) => sum + seconds, 0);
  const share = (seconds: number) => `${formatNumber(100 * seconds / total, 1)} %`;
  const host = parts.filter(([name]) => name.startsWith("host: "))
    .reduce((sum, [, seconds]) => sum + seconds, 0);
  const list = parts.map(([name, seconds]) =>
    `${name} ${formatFigure(1000 * seconds)} ms (${share(seconds)})`
  ).join(", ");
  const ofHost = host > 0 ? `; the host's work together ${share(host)}` : "";
  return [`${title}, ${countOf(threads, "thread")}, parts of a step: ${list}${ofHost}`];
}

/** A profile added up by operator, the slowest first. */
export function groupByOperator(kernels: readonly KernelTime[]): KernelTime[] {
  return [...Map.groupBy(kernels, ({ operator }) => operator)].map(([operator, group]) => ({
    operator,
    shapes: "",
    calls: group.reduce((sum, { calls }) => sum + calls, 0),
    milliseconds: group.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    gigaflops: group.some(({ gigaflops }) => gigaflops !== null)
      ? group.reduce((sum, { gigaflops }) => sum + (gigaflops ?? 0), 0)
      : null,
  })).sort((a, b) => b.milliseconds - a.milliseconds);
}

/** How a profile's time divides: arithmetic, what it would take at the machine's best, the rest. */
export function profileSummary(profile: StepProfile): {
  /** All kernels together, milliseconds a step. */
  readonly kernels: number;
  /** Kernels that are matrix products. */
  readonly products: number;
  readonly gigaflops: number;
  /** The same arithmetic at the machine's best rate. */
  readonly limit: number;
} {
  const sum = (kernels: readonly KernelTime[]) =>
    kernels.reduce((total, { milliseconds }) => total + milliseconds, 0);
  const products = profile.kernels.filter(({ gigaflops }) => gigaflops !== null);
  const gigaflops = products.reduce((total, kernel) => total + kernel.gigaflops!, 0);
  return {
    kernels: sum(profile.kernels),
    products: sum(products),
    gigaflops,
    limit: 1000 * gigaflops / profile.peakGigaflopsPerSecond,
  };
}

/** What the host did of a step, in words; nothing where that was not measured. */
export function describeHostWork(
  { hostMilliseconds, hostParts = {} }: StepProfile,
): string | undefined {
  if (hostMilliseconds === undefined) return undefined;
  const parts = Object.entries(hostParts).toSorted(([, a], [, b]) => b - a);
  const told = parts.reduce((sum, [, value]) => sum + value, 0);
  const list = [...parts, ["feeds, update", Math.max(0, hostMilliseconds - told)] as const]
    .map(([part, value]) => `${part} ${formatFigure(value)} ms`).join(", ");
  return `The host's work takes ${formatFigure(hostMilliseconds)} ms more` +
    (parts.length > 0 ? `: ${list}` : " (feeds, update)");
}

function hostLines(profile: StepProfile): string[] {
  const work = describeHostWork(profile);
  return work === undefined ? [] : [`  ${work}`];
}

function kernelRows(kernels: readonly KernelTime[], total: number): string[][] {
  return kernels.map(({ operator, shapes, calls, milliseconds, gigaflops }) => [
    operator,
    shapes,
    String(calls),
    formatNumber(milliseconds, 1),
    `${formatNumber(100 * milliseconds / total, 1)} %`,
    gigaflops === null || milliseconds === 0 ? noValue : formatFigure(
      gigaflops / (milliseconds / 1000),
    ),
  ]);
}

const shownKernels = 30;

/** Operators of a profile in brief. */
const briefOperators = 8;

/** One profile: the sums, by operator, and the slowest kernels; `brief`: the operators that count. */
export function renderProfile(
  profile: StepProfile,
  { brief = false }: { brief?: boolean } = {},
): string {
  const operators = groupByOperator(profile.kernels);
  const { kernels, products, gigaflops, limit } = profileSummary(profile);
  const kernelHeadings = ["operator", "shapes", "calls", "ms", "share", "GFLOP/s"];
  const milliseconds = (value: number) => `${formatNumber(value, 0)} ms`;
  return [
    `Kernels of ${profile.name}, ${
      countOf(profile.threads, "thread")
    }, layout ${profile.layout}, ` +
    `mean of ${countOf(profile.steps, "step")}`,
    `  ${milliseconds(profile.stepMilliseconds)} a step, of which ${milliseconds(kernels)} in ` +
    `kernels: ${milliseconds(products)} are matrix products and convolutions ` +
    `(${formatFigure(gigaflops)} GFLOP), ${milliseconds(kernels - products)} the rest`,
    ...hostLines(profile),
    `  At the best matrix product of this machine (${
      formatFigure(profile.peakGigaflopsPerSecond)
    } GFLOP/s) the arithmetic would take ${milliseconds(limit)}`,
    "",
    ...layTable(
      kernelHeadings,
      kernelRows(brief ? operators.slice(0, briefOperators) : operators, kernels),
      2,
    ),
    "",
    ...(brief ? [] : [
      `The ${Math.min(shownKernels, profile.kernels.length)} slowest of ${profile.kernels.length}:`,
      ...layTable(
        kernelHeadings,
        kernelRows(profile.kernels.slice(0, shownKernels), kernels),
        2,
      ),
      "",
    ]),
  ].join("\n");
}

/** Everything that was measured, for a terminal of some width. */
export function renderSpeedTable(
  file: SpeedFile,
  { width = 120, brief = false }: {
    width?: number;
    /** Profiles by their slowest operators alone. @default {false} */
    brief?: boolean;
  } = {},
): string {
  const lines: string[] = [];
  if (file.cases.length > 0) {
    const { cpu, cores, onnxruntime, deno } = file.environment;
    lines.push(
      `Speed on ${cpu ?? "an unknown CPU"}, ${cores} cores, ONNX Runtime ${onnxruntime}, ` +
        `Deno ${deno}; ${countOf(file.settings.runs, "pair")} of alternating runs`,
      "",
      ...layTable(headings, file.cases.flatMap(caseRows), 3),
      "",
      ...wrapText(
        "Ratios are ours / peer per pair of runs, median (least–greatest): below 1 we are faster " +
          "or smaller. best steps: ratio of the quickest step of either side. difference: of the value that both compute from the same weights, relative.",
        width,
      ),
    );
    const notes = file.cases.flatMap(({ title, threads, runs, peers }) => [
      ...(runs[0]?.note ? [`${title}, ${countOf(threads, "thread")}: ${runs[0].note}`] : []),
      ...peers.flatMap(({ title, runs }) => runs[0]?.note ? [`${title}: ${runs[0].note}`] : []),
    ]);
    notes.push(...file.cases.flatMap(partsLines));
    for (const note of new Set(notes)) lines.push(...wrapText(cleanText(note), width, "  "));
    lines.push("");
  }
  for (const profile of file.profiles) lines.push(renderProfile(profile, { brief }));
  if (file.longRun) {
    const { student, steps, seconds, early, late, growth, flat } = file.longRun;
    const gigabytes = (bytes: number) => `${formatNumber(bytes / 2 ** 30, 3)} GB`;
    lines.push(
      `Memory over ${steps} steps of ${student} (${formatDuration(seconds)}): ` +
        `${gigabytes(early)} in the second tenth, ${gigabytes(late)} in the last, ` +
        `${formatNumber(100 * growth, 1)} %: ${flat ? "flat" : "NOT FLAT"}`,
      "",
    );
  }
  for (const warning of file.warnings) {
    lines.push(...wrapText(`! ${cleanText(warning)}`, width, "  "));
  }
  return lines.join("\n").trimEnd() + "\n";
}
