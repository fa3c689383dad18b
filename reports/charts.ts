/**
 * The charts of a report: measured values with intervals, differences beside the paper's, losses.
 *
 * @module
 */

import type { ChartConfiguration } from "chart.js";
import type { ResultFile, ResultRow } from "../core/results/result.ts";
import {
  axis,
  baseOptions,
  type ChartImage,
  type ChartSpec,
  chartWidth,
  drawChart,
  intervalPlugin,
} from "./chart_canvas.ts";
import { cleanText, formatNumber, formatSigned } from "./format.ts";
import { planLossCharts } from "./loss_charts.ts";
import {
  buildDifferences,
  buildTable,
  describeRow,
  type DifferenceLine,
  metricTitle,
} from "./table_model.ts";

const shownSplits = ["val", "ood"] as const;

type Interval = readonly [number, number] | null;

/** A row's name over two lines: the block and the method, then what tells it apart. */
function rowLabel(row: ResultRow, rows: readonly ResultRow[]): string[] {
  const [method = "", ...rest] = cleanText(describeRow(row, rows)).split(" · ");
  const first = `${cleanText(row.block)} · ${method}`;
  return rest.length === 0 ? [first] : [first, rest.join(" · ")];
}

/** Bars of one column: every measured row on the val and the ood artist. */
function valueChart(result: ResultFile, index: number): ChartSpec | null {
  const column = result.columns[index]!;
  const measured = buildTable(result).blocks.flatMap(({ rows }) => rows)
    .map(({ row, entries }) => ({ row, entry: entries[index]! }))
    .filter(({ entry }) =>
      shownSplits.some((split) => (entry.cells[split]?.value ?? null) !== null)
    );
  const first = measured[0]?.entry.cells;
  if (first === undefined) return null;
  const values = shownSplits.map((split) =>
    measured.map(({ entry }) => entry.cells[split]?.value ?? null)
  );
  const intervals: Interval[][] = shownSplits.map((split) =>
    measured.map(({ entry }) => entry.cells[split]?.ci95 ?? null)
  );
  const metric = metricTitle(first.val?.metric ?? first.ood?.metric ?? "");
  const title = `${column.group}: ${column.header}`;
  const list = measured.map(({ row }, position) =>
    `${rowLabel(row, result.rows).join(" ")} ${formatNumber(values[0]![position])} and ${
      formatNumber(values[1]![position])
    }`
  );
  return {
    title,
    kind: "values",
    description: `Bar chart of ${metric} in ${column.unit}, ${title}, on val and ood: ${
      list.join("; ")
    }.`,
    width: chartWidth,
    height: 90 + 34 * measured.length,
    configure: (theme) => ({
      type: "bar",
      data: {
        labels: measured.map(({ row }) => rowLabel(row, result.rows)),
        datasets: shownSplits.map((split, position) => ({
          label: split,
          data: values[position]!,
          backgroundColor: theme.splits[split],
          barPercentage: 0.9,
          categoryPercentage: 0.7,
        })),
      },
      options: {
        ...baseOptions(theme),
        indexAxis: "y",
        scales: {
          x: {
            ...axis(theme, `${metric} (${column.unit}), whiskers: 95 % intervals`),
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

/** Measured differences of one pair of rows with intervals, the paper's beside them. */
function differenceChart(label: string, lines: readonly DifferenceLine[]): ChartSpec | null {
  const marks = [
    { name: "val", offset: -0.2, style: "circle" },
    { name: "ood", offset: 0.2, style: "rect" },
    { name: "paper", offset: 0, style: "rectRot" },
  ] as const;
  const valueOf = (line: DifferenceLine, name: "val" | "ood" | "paper") =>
    name === "paper" ? line.paper : line.splits[name]?.difference ?? null;
  if (!lines.some((line) => marks.some(({ name }) => valueOf(line, name) !== null))) return null;
  const points = marks.map(({ name, offset }) =>
    lines.flatMap((line, position) => {
      const value = valueOf(line, name);
      const interval = name === "paper" ? null : line.splits[name]?.ci95 ?? null;
      return value === null ? [] : [{ x: value, y: position + offset, interval }];
    })
  );
  const ends = points.flat().flatMap(({ x, interval }) => [x, ...(interval ?? [])]);
  const headings = lines.map(({ column }) =>
    column === undefined ? ["?"] : [cleanText(column.group), cleanText(column.header)]
  );
  const list = lines.map((line, position) =>
    `${headings[position]!.join(" ")}: val ${formatSigned(valueOf(line, "val"))}, ood ${
      formatSigned(valueOf(line, "ood"))
    }, paper ${formatSigned(valueOf(line, "paper"))}`
  );
  return {
    title: label,
    kind: "differences",
    description: `Differences in points, ${label}. ${list.join("; ")}.`,
    width: chartWidth,
    height: 90 + 44 * lines.length,
    configure: (theme) => {
      const color = (name: "val" | "ood" | "paper") =>
        name === "paper" ? theme.text : theme.splits[name];
      return {
        type: "scatter",
        data: {
          datasets: marks.map(({ name, style }, index) => ({
            label: name,
            data: points[index]!.map(({ x, y }) => ({ x, y })),
            pointStyle: style,
            radius: name === "paper" ? 5 : 4,
            borderWidth: 1.5,
            borderColor: color(name),
            backgroundColor: name === "paper" ? "transparent" : color(name),
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
              ...axis(theme, "difference in points, whiskers: 95 % intervals"),
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
            (index) => color(marks[index]!.name),
          ),
        ],
      } as unknown as ChartConfiguration;
    },
  };
}

/** Every chart that a result has numbers for, in the order of the report. */
export function planCharts(result: ResultFile): ChartSpec[] {
  const values = result.columns.map((_, index) => valueChart(result, index));
  const differences = [...Map.groupBy(buildDifferences(result), ({ label }) => label)]
    .map(([label, lines]) => differenceChart(cleanText(label), lines));
  return [...values, ...differences, ...planLossCharts(result)].filter((chart) => chart !== null);
}

/** Draws every chart of a result. */
export async function drawCharts(result: ResultFile): Promise<ChartImage[]> {
  const images: ChartImage[] = [];
  // One after the other: the pictures of all charts at once would take hundreds of megabytes.
  for (const spec of planCharts(result)) images.push(await drawChart(spec));
  return images;
}
