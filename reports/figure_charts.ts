/**
 * The charts of figures: lines of two rows in one picture, bars beside each other, differences of bars.
 *
 * @module
 */

import type { ChartConfiguration, ChartDataset } from "chart.js";
import type { Figure } from "../core/results/figures.ts";
import type { ResultFile } from "../core/results/result.ts";
import { axis, baseOptions, type ChartSpec, chartWidth } from "./chart_canvas.ts";
import { type FigureGroup, groupFigures, sameFigures } from "./figure_groups.ts";
import { cleanText, formatNumber, formatSigned } from "./format.ts";

type Named<Kind extends Figure["kind"]> = {
  readonly name: string;
  readonly figure: Extract<Figure, { kind: Kind }>;
};

/** Most bars of a chart of differences: the largest on both sides. */
const mostDifferences = 40;
const dashes: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [8, 3, 2, 3]];

/** What every chart of a group says of itself. */
function common({ key, title, data, split }: FigureGroup, figure: Figure) {
  const what = cleanText(figure.title);
  return {
    title: `${what}: ${title}`,
    kind: "figures" as const,
    section: key,
    width: chartWidth,
    context: `${what}, ${title}, on ${data}, ${split}`,
  };
}

function lineChart(group: FigureGroup, found: readonly Named<"lines">[]): ChartSpec {
  const { figure: first } = found[0]!;
  const { context, ...rest } = common(group, first);
  const { xRange: [left, right] = [0, 1], yRange: [bottom, top] = [0, 1] } = first;
  const lines = found.flatMap(({ name, figure }, row) =>
    figure.lines.map((line, index) => ({
      label: cleanText(figure.lines.length === 1 ? name : `${name}: ${line.name}`),
      row,
      index,
      points: line.x.map((x, point) => ({ x, y: line.y[point] ?? NaN }))
        .filter(({ y }) => Number.isFinite(y)),
    }))
  );
  const ends = lines.map(({ label, points }) =>
    `${label} from ${formatNumber(points[0]?.y, 2)} to ${formatNumber(points.at(-1)?.y, 2)}`
  );
  return {
    ...rest,
    description: `Curves of ${context}: ${ends.join("; ")}.`,
    height: 360,
    configure: (theme) => ({
      type: "line",
      data: {
        datasets: lines.map(({ label, row, index, points }): ChartDataset<"line"> => ({
          label,
          data: points,
          borderColor: theme.series[row % theme.series.length]!,
          backgroundColor: theme.series[row % theme.series.length]!,
          borderWidth: 2,
          borderDash: [...dashes[index % dashes.length]!],
          pointRadius: 0,
        })),
      },
      options: {
        ...baseOptions(theme),
        plugins: {
          legend: {
            ...baseOptions(theme).plugins.legend,
            labels: { color: theme.text, boxWidth: 22, boxHeight: 1, padding: 12 },
          },
        },
        scales: {
          x: { ...axis(theme, cleanText(first.x)), type: "linear", min: left, max: right },
          y: { ...axis(theme, cleanText(first.y)), min: bottom, max: top },
        },
      },
    } as ChartConfiguration<"line"> as ChartConfiguration),
  };
}

/** Options of horizontal bars. */
function barOptions(theme: Parameters<ChartSpec["configure"]>[0], title: string) {
  return {
    ...baseOptions(theme),
    indexAxis: "y" as const,
    scales: {
      x: { ...axis(theme, title), beginAtZero: true },
      y: {
        ...axis(theme, ""),
        grid: { display: false },
        ticks: { color: theme.text, font: { size: 11 }, autoSkip: false },
      },
    },
  };
}

function barChart(group: FigureGroup, found: readonly Named<"bars">[]): ChartSpec {
  const { figure: first } = found[0]!;
  const { context, ...rest } = common(group, first);
  const names = [...new Set(found.flatMap(({ figure }) => figure.bars.map(({ name }) => name)))];
  const valueOf = ({ figure }: Named<"bars">, name: string) =>
    figure.bars.find((bar) => bar.name === name)?.value ?? null;
  const list = found.map((one) =>
    `${one.name} ${names.map((name) => `${name} ${formatNumber(valueOf(one, name))}`).join(", ")}`
  );
  return {
    ...rest,
    description: cleanText(`Bars of ${context}, in ${first.unit}: ${list.join("; ")}.`),
    height: 90 + names.length * (10 + 16 * found.length),
    configure: (theme) => ({
      type: "bar",
      data: {
        labels: names.map(cleanText),
        datasets: found.map((one, row) => ({
          label: one.name,
          data: names.map((name) => valueOf(one, name)),
          backgroundColor: theme.series[row % theme.series.length]!,
          barPercentage: 0.9,
          categoryPercentage: 0.8,
        })),
      },
      options: barOptions(theme, cleanText(first.unit)),
    } as ChartConfiguration),
  };
}

/** Names with the difference of the second row to the first, the largest first. */
function differences([base, other]: readonly Named<"bars">[]): { name: string; value: number }[] {
  const values = new Map(base!.figure.bars.map(({ name, value }) => [name, value]));
  const all = other!.figure.bars.flatMap(({ name, value }) => {
    const before = values.get(name) ?? null;
    return value === null || before === null ? [] : [{ name, value: value - before }];
  });
  const chosen = all.length <= mostDifferences ? all : all
    .toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, mostDifferences);
  return chosen.sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1));
}

function differenceBars(group: FigureGroup, found: readonly Named<"bars">[]): ChartSpec | null {
  if (found.length < 2) return barChart(group, found);
  const bars = differences(found);
  if (bars.length === 0) return null;
  const { figure: first } = found[0]!;
  const { context, title, ...rest } = common(group, first);
  const list = bars.map(({ name, value }) => `${name} ${formatSigned(value)}`);
  return {
    ...rest,
    title: `${title}, difference`,
    description: cleanText(`Differences of ${context}, in points: ${list.join("; ")}.`),
    height: 80 + 16 * bars.length,
    configure: (theme) => ({
      type: "bar",
      data: {
        labels: bars.map(({ name }) => cleanText(name)),
        datasets: [{
          data: bars.map(({ value }) => value),
          backgroundColor: bars.map(({ value }) => theme.series[value < 0 ? 0 : 1]!),
          barPercentage: 0.9,
          categoryPercentage: 0.85,
        }],
      },
      options: {
        ...barOptions(theme, `${found[1]!.name} − ${found[0]!.name}, ${cleanText(first.unit)}`),
        plugins: { legend: { display: false } },
      },
    } as ChartConfiguration),
  };
}

/** Every chart of the figures of a result. */
export function planFigureCharts(result: ResultFile): ChartSpec[] {
  return groupFigures(result).flatMap((group) => [
    ...sameFigures(group, "lines").map(({ figures }) => lineChart(group, figures)),
    ...sameFigures(group, "bars").map(({ figures }) =>
      figures[0]!.figure.compare === "difference"
        ? differenceBars(group, figures)
        : barChart(group, figures)
    ),
  ]).filter((chart) => chart !== null);
}
