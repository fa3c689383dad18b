/**
 * Charts of what trainings cost against what they give.
 *
 * @module
 */

import type { ChartConfiguration } from "chart.js";
import type { ResultFile, RowCost } from "../core/results/result.ts";
import { axis, baseOptions, type ChartSpec, chartWidth } from "./chart_canvas.ts";
import { cleanText, formatNumber } from "./format.ts";
import { verticalIntervalPlugin } from "./sweep_charts.ts";
import { labelColors } from "./sweep_model.ts";
import { decimalsOf, describeMetric, headlineSplits, splitHeading } from "./table_model.ts";

/** What a training costs, by the ways in which it is counted. */
export const costKinds = [
  { title: "seconds of training", value: ({ seconds }: RowCost) => seconds },
  {
    title: "thousands of images that the teacher embedded",
    value: ({ teacherImages }: RowCost) => teacherImages / 1000,
  },
] as const;

function costChart(
  result: ResultFile,
  columnId: string,
  { title: costTitle, value: costOf }: typeof costKinds[number],
): ChartSpec | null {
  const column = result.columns.find(({ id }) => id === columnId);
  const [split] = headlineSplits(result);
  const colors = labelColors(result);
  if (column === undefined || split === undefined) return null;
  const points = (result.costs?.rows ?? []).flatMap((cost) => {
    const cell = result.cells.find(({ row, column, split: name }) =>
      row === cost.row && column === columnId && name === split.name
    );
    if (cell?.value == null) return [];
    return [{
      label: cleanText(cost.label),
      color: colors.get(cost.label)!,
      x: costOf(cost),
      y: cell.value,
      interval: cell.ci95,
    }];
  });
  // A cost that is the same for all is no axis.
  if (points.length < 2 || new Set(points.map(({ x }) => x)).size < 2) return null;
  const { metric } = column;
  const digits = decimalsOf(metric);
  const what = describeMetric(metric);
  const title = cleanText(`${column.group}: ${column.header}`);
  const most = Math.max(...points.map(({ x }) => x));
  const ends = points.flatMap(({ y, interval }) => [y, ...interval ?? []]);
  return {
    title: `${title}, against ${costTitle}`,
    kind: "costs",
    description: `Points of ${what} against ${costTitle}, ${title}, on ${
      cleanText(splitHeading(split))
    }: ${
      points.map(({ label, x, y }) => `${label} ${formatNumber(y, digits)} at ${formatNumber(x)}`)
        .join("; ")
    }.`,
    width: chartWidth,
    height: 340,
    configure: (theme) => {
      const color = (index: number) => theme.series[points[index]!.color % theme.series.length]!;
      const styles = ["circle", "rect", "triangle", "rectRot", "star"] as const;
      return {
        type: "scatter",
        data: {
          datasets: points.map(({ label, x, y }, index) => ({
            label,
            data: [{ x, y }],
            pointStyle: styles[index % styles.length],
            radius: 5,
            borderWidth: 1.5,
            borderColor: color(index),
            backgroundColor: color(index),
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
                padding: 12,
              },
            },
          },
          scales: {
            x: { ...axis(theme, costTitle), min: 0, suggestedMax: most * 1.05 },
            y: {
              ...axis(theme, `${what}, whiskers: 95 % intervals`),
              suggestedMin: Math.min(...ends),
              suggestedMax: Math.max(...ends),
            },
          },
        },
        plugins: [verticalIntervalPlugin(points.map(({ interval }) => [interval]), color)],
      } as unknown as ChartConfiguration;
    },
  };
}

/** Accuracy against every kind of cost, for the columns that the result asks for. */
export function planCostCharts(result: ResultFile): ChartSpec[] {
  return (result.costs?.columns ?? []).flatMap((column) =>
    costKinds.map((kind) => costChart(result, column, kind))
  ).filter((chart) => chart !== null);
}
