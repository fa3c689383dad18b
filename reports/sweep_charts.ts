/**
 * The charts of sweeps: numbers and differences along an axis, with vertical intervals.
 *
 * @module
 */

import type { ChartConfiguration, ChartDataset, Plugin } from "chart.js";
import type { ResultFile, ResultSplit } from "../core/results/result.ts";
import { axis, baseOptions, type ChartSpec, type ChartTheme, chartWidth } from "./chart_canvas.ts";
import { cleanText, formatNumber, formatRange, formatSigned } from "./format.ts";
import { buildPanels, labelColors, type SweepPanel } from "./sweep_model.ts";
import {
  decimalsOf,
  describeMetric,
  differenceUnit,
  headlineSplits,
  splitHeading,
} from "./table_model.ts";

type Interval = readonly [number, number] | null;

/** A line of a chart. */
interface Line {
  readonly label: string;
  /** Index of its colour. */
  readonly color: number;
  /** Position of its split among those shown. */
  readonly split: number;
  /** Whether it is one number, without whiskers, over the whole axis. */
  readonly isLevel?: boolean;
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    readonly interval: Interval;
  }[];
}

/** Between lines at one place, as a share of the axis: about six pixels, so that no whisker hides another. */
const whiskerDistance = 0.014;

const dashes: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [8, 3, 2, 3]];

/** Vertical intervals through the points of each dataset; null draws nothing. */
export function verticalIntervalPlugin(
  intervals: readonly (readonly Interval[])[],
  color: (dataset: number) => string,
): Plugin {
  return {
    id: "vertical-intervals",
    afterDatasetsDraw(chart) {
      const context = chart.ctx;
      const scale = chart.scales["y"]!;
      context.save();
      context.lineWidth = 1.5;
      intervals.forEach((ofDataset, dataset) => {
        const elements = chart.getDatasetMeta(dataset).data;
        context.strokeStyle = color(dataset);
        ofDataset.forEach((interval, index) => {
          const x = elements[index]?.x;
          if (interval === null || x === undefined || !Number.isFinite(x)) return;
          const low = scale.getPixelForValue(interval[0]);
          const high = scale.getPixelForValue(interval[1]);
          const cap = 3;
          context.beginPath();
          context.moveTo(x, low);
          context.lineTo(x, high);
          for (const end of [low, high]) {
            context.moveTo(x - cap, end);
            context.lineTo(x + cap, end);
          }
          context.stroke();
        });
      });
      context.restore();
    },
  };
}

/** Place on the drawn axis. */
function placeOf({ sweep }: SweepPanel, at: number): number {
  return sweep.scale === "log" ? Math.log10(at) : at;
}

/** Places of an axis as they are drawn, with their labels. */
function ticksOf(panel: SweepPanel): Map<number, string> {
  return new Map(
    panel.sweep.series.flatMap(({ points }) =>
      points.map(({ at, label }) => [placeOf(panel, at), cleanText(label)])
    ),
  );
}

function lineChart(
  panel: SweepPanel,
  lines: readonly Line[],
  { title, description, yTitle, zero }: {
    readonly title: string;
    readonly description: string;
    readonly yTitle: string;
    /** Whether the line at 0 is marked. */
    readonly zero: boolean;
  },
): ChartSpec | null {
  const shown = lines.filter(({ points }) => points.length > 0);
  if (shown.length === 0) return null;
  const ticks = ticksOf(panel);
  const places = [...ticks.keys()].sort((a, b) => a - b);
  const first = places[0]!, last = places.at(-1)!;
  const span = last - first || 1;
  const margin = span * 0.06;
  const drawn = shown.filter(({ isLevel }) => isLevel !== true);
  const besides = (line: Line) =>
    line.isLevel === true
      ? 0
      : (drawn.indexOf(line) - (drawn.length - 1) / 2) * whiskerDistance * span;
  const ends = shown.flatMap(({ points }) =>
    points.flatMap(({ y, interval }) => [y, ...interval ?? []])
  );
  const colorOf = (theme: ChartTheme, { color }: Line) =>
    theme.series[color % theme.series.length]!;
  return {
    title,
    kind: "sweeps",
    section: panel.sweep.id,
    description,
    width: chartWidth,
    height: 340,
    configure: (theme) => ({
      type: "line",
      data: {
        datasets: shown.map((line): ChartDataset<"line"> => ({
          label: line.label,
          data: line.points.map(({ x, y }) => ({ x: x + besides(line), y })),
          borderColor: colorOf(theme, line),
          backgroundColor: colorOf(theme, line),
          borderWidth: line.isLevel ? 1.5 : 2,
          borderDash: [...dashes[line.isLevel ? 2 + line.split % 2 : line.split % dashes.length]!],
          pointRadius: line.isLevel ? 0 : 3,
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
          x: {
            ...axis(theme, cleanText(panel.sweep.axis)),
            type: "linear",
            min: first - margin,
            max: last + margin,
            afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
              scale.ticks = places.map((value) => ({ value }));
            },
            ticks: {
              color: theme.muted,
              autoSkip: false,
              callback: (value: number | string) => ticks.get(Number(value)) ?? "",
            },
          },
          y: {
            ...axis(theme, yTitle),
            suggestedMin: Math.min(...ends, ...(zero ? [0] : [])),
            suggestedMax: Math.max(...ends, ...(zero ? [0] : [])),
            ...(zero
              ? {
                grid: {
                  color: ({ tick }: { tick: { value: number } }) =>
                    tick.value === 0 ? theme.text : theme.grid,
                },
              }
              : {}),
          },
        },
      },
      plugins: [
        verticalIntervalPlugin(
          shown.map(({ points }) => points.map(({ interval }) => interval)),
          (dataset) => colorOf(theme, shown[dataset]!),
        ),
      ],
    } as unknown as ChartConfiguration),
  };
}

function valuesChart(
  panel: SweepPanel,
  splits: readonly ResultSplit[],
  colors: ReadonlyMap<string, number>,
): ChartSpec | null {
  const digits = decimalsOf(panel.metric);
  const places = [...ticksOf(panel).keys()];
  const ofSplit = (split: ResultSplit, position: number): Line[] => {
    const name = (label: string) =>
      cleanText(splits.length === 1 ? label : `${label}, ${splitHeading(split)}`);
    const series = panel.series.map(({ label, points }): Line => ({
      label: name(label),
      color: colors.get(label)!,
      split: position,
      points: points.flatMap(({ at, cells }) => {
        const cell = cells.get(split.name);
        if (cell?.value == null) return [];
        return [{ x: placeOf(panel, at), y: cell.value, interval: cell.ci95 }];
      }),
    }));
    const levels = panel.levels.flatMap(({ label, cells }): Line[] => {
      const value = cells.get(split.name)?.value ?? null;
      if (value === null) return [];
      return [{
        label: name(label),
        color: colors.get(label)!,
        split: position,
        isLevel: true,
        points: [Math.min(...places), Math.max(...places)].map((x) => ({
          x,
          y: value,
          interval: null,
        })),
      }];
    });
    return [...series, ...levels];
  };
  const lines = splits.flatMap(ofSplit);
  const [split] = splits;
  const list = panel.series.map(({ label, points }) =>
    `${cleanText(label)}: ${
      points.map(({ label: place, cells }) =>
        `${formatNumber(cells.get(split?.name ?? "")?.value, digits)} at ${cleanText(place)}`
      ).join(", ")
    }`
  );
  const what = describeMetric(panel.metric);
  return lineChart(panel, lines, {
    title: cleanText(panel.title),
    description: `Lines of ${what} along ${cleanText(panel.sweep.axis)}, ${
      cleanText(panel.title)
    }. ${list.join("; ")}.`,
    yTitle: `${what}, whiskers: 95 % intervals`,
    zero: false,
  });
}

function differenceChart(
  panel: SweepPanel,
  splits: readonly ResultSplit[],
  colors: ReadonlyMap<string, number>,
): ChartSpec | null {
  if (panel.differences.length === 0) return null;
  const digits = decimalsOf(panel.metric);
  const labels = [...new Set(panel.differences.map(({ label }) => label))];
  const lines = splits.flatMap((split, position) =>
    panel.differences.filter((one) => one.split === split.name).map((one): Line => ({
      label: cleanText(splits.length === 1 ? one.label : `${one.label}, ${splitHeading(split)}`),
      color: colors.get(one.label)!,
      split: position,
      points: one.points.map(({ at, difference, ci95 }) => ({
        x: placeOf(panel, at),
        y: difference,
        interval: ci95,
      })),
    }))
  );
  const list = panel.differences.filter(({ split }) => split === splits[0]?.name).map((one) =>
    `${cleanText(one.label)}: ${
      one.points.map(({ label, difference, ci95 }) =>
        `${formatSigned(difference, digits)} ${formatRange(ci95, { signed: true, digits })} at ${
          cleanText(label)
        }`
      ).join(", ")
    }`
  );
  const unit = cleanText(differenceUnit(panel.metric));
  return lineChart(panel, lines, {
    title: cleanText(`${labels.join(", ")}: ${panel.title}`),
    description: `Differences in ${unit} along ${cleanText(panel.sweep.axis)}, ${
      cleanText(panel.title)
    }. ${list.join("; ")}.`,
    yTitle: `difference in ${unit}, whiskers: 95 % intervals`,
    zero: true,
  });
}

/** Charts of every sweep: its numbers, and its differences where it has any. */
export function planSweepCharts(result: ResultFile): ChartSpec[] {
  const splits = headlineSplits(result), colors = labelColors(result);
  return buildPanels(result).flatMap((panel) => [
    valuesChart(panel, splits, colors),
    differenceChart(panel, splits, colors),
  ]).filter((chart) => chart !== null);
}
