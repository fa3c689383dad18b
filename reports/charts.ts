/**
 * The charts of a report: measured values with intervals, differences beside the paper's, losses.
 *
 * @module
 */

import type { ChartConfiguration } from "chart.js";
import type { ResultFile, ResultRow, ResultSplit } from "../core/results/result.ts";
import {
  axis,
  baseOptions,
  type ChartImage,
  type ChartSpec,
  chartWidth,
  drawChart,
  intervalPlugin,
  splitColor,
} from "./chart_canvas.ts";
import { cleanText, formatNumber, formatSigned } from "./format.ts";
import { planCostCharts } from "./cost_charts.ts";
import { planFigureCharts } from "./figure_charts.ts";
import { planLossCharts } from "./loss_charts.ts";
import { planSweepCharts } from "./sweep_charts.ts";
import { listedRows } from "./sweep_model.ts";
import {
  buildDifferences,
  buildTable,
  decimalsOf,
  describeMetric,
  describeRow,
  type DifferenceLine,
  differenceUnit,
  splitHeading,
} from "./table_model.ts";

type Interval = readonly [number, number] | null;

/** A row's name over two lines: the block and the method, then what tells it apart. */
function rowLabel(row: ResultRow, rows: readonly ResultRow[]): string[] {
  const [method = "", ...rest] = cleanText(describeRow(row, rows)).split(" · ");
  const first = `${cleanText(row.block)} · ${method}`;
  return rest.length === 0 ? [first] : [first, rest.join(" · ")];
}

/** Bars of one column: every measured row on the splits of the main table. */
function valueChart(result: ResultFile, index: number): ChartSpec | null {
  const column = result.columns[index]!;
  const { blocks, splits } = buildTable(result);
  const measured = blocks.flatMap(({ rows }) => rows)
    .map(({ row, entries }) => ({ row, entry: entries[index]! }))
    .filter(({ entry }) => splits.some(({ name }) => (entry.cells[name]?.value ?? null) !== null));
  if (measured.length === 0) return null;
  const values = splits.map(({ name }) =>
    measured.map(({ entry }) => entry.cells[name]?.value ?? null)
  );
  const intervals: Interval[][] = splits.map(({ name }) =>
    measured.map(({ entry }) => entry.cells[name]?.ci95 ?? null)
  );
  const { title: metric, unit } = column.metric;
  const digits = decimalsOf(column.metric);
  const title = cleanText(`${column.group}: ${column.header}`);
  const list = measured.map(({ row }, position) =>
    `${rowLabel(row, result.rows).join(" ")} ${
      values.map((ofSplit) => formatNumber(ofSplit[position], digits)).join(" and ")
    }`
  );
  const inUnit = unit === "" ? "" : ` in ${cleanText(unit)}`;
  return {
    title,
    kind: "values",
    description: `Bar chart of ${cleanText(metric)}${inUnit}, ${title}, on ${
      splits.map((split) => cleanText(splitHeading(split))).join(" and ")
    }: ${list.join("; ")}.`,
    width: chartWidth,
    height: 90 + 34 * measured.length,
    configure: (theme) => ({
      type: "bar",
      data: {
        labels: measured.map(({ row }) => rowLabel(row, result.rows)),
        datasets: splits.map((split, position) => ({
          label: cleanText(splitHeading(split)),
          data: values[position]!,
          backgroundColor: splitColor(theme, result.splits, split.name),
          barPercentage: 0.9,
          categoryPercentage: 0.7,
        })),
      },
      options: {
        ...baseOptions(theme),
        indexAxis: "y",
        scales: {
          x: {
            ...axis(theme, `${describeMetric(column.metric)}, whiskers: 95 % intervals`),
            beginAtZero: true,
            suggestedMax: Math.max(0, ...intervals.flat().map((interval) => interval?.[1] ?? 0)),
          },
          y: {
            ...axis(theme, ""),
            grid: { display: false },
            ticks: { color: theme.text, font: { size: 11 }, autoSkip: false },
          },
        },
      },
      plugins: [intervalPlugin(intervals, () => theme.text)],
    } as ChartConfiguration),
  };
}

/** What one kind of point of a chart of differences shows, and how it is drawn. */
interface DifferenceMark {
  readonly label: string;
  readonly offset: number;
  readonly style: string;
  /** Name of the split; null for the paper's numbers. */
  readonly split: string | null;
}

const splitStyles = ["circle", "rect", "triangle", "star"] as const;

/** Measured differences of one pair of rows with intervals, the paper's beside them. */
function differenceChart(
  label: string,
  unit: string,
  lines: readonly DifferenceLine[],
  allSplits: readonly ResultSplit[],
): ChartSpec | null {
  const tests = allSplits.filter(({ role }) => role === "test");
  const splits = tests.length > 0 ? tests : allSplits;
  const marks: DifferenceMark[] = [
    ...splits.map((split, index) => ({
      label: cleanText(splitHeading(split)),
      // Spread over the middle of a line, the paper's mark at its height.
      offset: splits.length === 1 ? -0.2 : -0.2 + 0.4 * index / (splits.length - 1),
      style: splitStyles[index % splitStyles.length]!,
      split: split.name,
    })),
    { label: "paper", offset: 0, style: "rectRot", split: null },
  ];
  const valueOf = (line: DifferenceLine, { split }: DifferenceMark) =>
    split === null ? line.paper : line.splits[split]?.difference ?? null;
  if (!lines.some((line) => marks.some((mark) => valueOf(line, mark) !== null))) return null;
  const points = marks.map((mark) =>
    lines.flatMap((line, position) => {
      const value = valueOf(line, mark);
      const interval = mark.split === null ? null : line.splits[mark.split]?.ci95 ?? null;
      return value === null ? [] : [{ x: value, y: position + mark.offset, interval }];
    })
  );
  const ends = points.flat().flatMap(({ x, interval }) => [x, ...(interval ?? [])]);
  const headings = lines.map(({ column }) =>
    column === undefined ? ["?"] : [cleanText(column.group), cleanText(column.header)]
  );
  const list = lines.map((line, position) =>
    `${headings[position]!.join(" ")}: ${
      marks.map((mark) =>
        `${mark.label} ${formatSigned(valueOf(line, mark), decimalsOf(line.column?.metric))}`
      ).join(", ")
    }`
  );
  return {
    title: label,
    kind: "differences",
    description: `Differences in ${unit}, ${label}. ${list.join("; ")}.`,
    width: chartWidth,
    height: 90 + 44 * lines.length,
    configure: (theme) => {
      const color = ({ split }: DifferenceMark) =>
        split === null ? theme.text : splitColor(theme, allSplits, split);
      return {
        type: "scatter",
        data: {
          datasets: marks.map((mark, index) => ({
            label: mark.label,
            data: points[index]!.map(({ x, y }) => ({ x, y })),
            pointStyle: mark.style,
            radius: mark.split === null ? 5 : 4,
            borderWidth: 1.5,
            borderColor: color(mark),
            backgroundColor: mark.split === null ? "transparent" : color(mark),
            clip: false,
          })),
        },
        options: {
          ...baseOptions(theme),
          plugins: {
            legend: {
              ...baseOptions(theme).plugins.legend,
              labels: {
                color: theme.text,
                usePointStyle: true,
                boxWidth: 8,
                boxHeight: 8,
                padding: 14,
              },
            },
          },
          scales: {
            x: {
              ...axis(theme, `difference in ${unit}, whiskers: 95 % intervals`),
              suggestedMin: Math.min(0, ...ends),
              suggestedMax: Math.max(0, ...ends),
              grid: {
                color: ({ tick }: { tick: { value: number } }) =>
                  tick.value === 0 ? theme.text : theme.grid,
              },
            },
            y: {
              ...axis(theme, ""),
              min: -0.6,
              max: lines.length - 0.4,
              reverse: true,
              grid: { display: false },
              afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
                scale.ticks = lines.map((_, position) => ({ value: position }));
              },
              ticks: {
                color: theme.text,
                font: { size: 11 },
                autoSkip: false,
                callback: (value: number | string) => headings[Number(value)] ?? "",
              },
            },
          },
        },
        plugins: [
          intervalPlugin(
            points.map((ofMark) => ofMark.map(({ interval }) => interval)),
            (index) => color(marks[index]!),
          ),
        ],
      } as unknown as ChartConfiguration;
    },
  };
}

/** Every chart that a result has numbers for, in the order of the report. */
export function planCharts(result: ResultFile): ChartSpec[] {
  // Rows of sweeps have lines of their own.
  const listed = { ...result, rows: listedRows(result) };
  const values = result.columns.map((_, index) => valueChart(listed, index));
  // Numbers of different units do not share an axis.
  const groups = Map.groupBy(
    buildDifferences(result),
    ({ label, column }) =>
      JSON.stringify([label, column === undefined ? "points" : differenceUnit(column.metric)]),
  );
  const differences = [...groups].map(([key, lines]) => {
    const [label, unit] = JSON.parse(key) as [string, string];
    return differenceChart(cleanText(label), cleanText(unit), lines, result.splits);
  });
  return [
    ...values,
    ...differences,
    ...planSweepCharts(result),
    ...planCostCharts(result),
    ...planFigureCharts(result),
    ...planLossCharts(result),
  ].filter((chart) => chart !== null);
}

/** Draws every chart of a result. */
export async function drawCharts(result: ResultFile): Promise<ChartImage[]> {
  const images: ChartImage[] = [];
  // One after the other: the pictures of all charts at once would take hundreds of megabytes.
  for (const spec of planCharts(result)) images.push(await drawChart(spec));
  return images;
}
