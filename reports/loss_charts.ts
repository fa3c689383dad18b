/**
 * The charts of training losses.
 *
 * @module
 */

import type { ChartConfiguration, ChartDataset } from "chart.js";
import type { LossCurve, ResultFile } from "../core/results/result.ts";
import { axis, baseOptions, type ChartSpec, chartWidth } from "./chart_canvas.ts";
import { cleanText, formatNumber } from "./format.ts";
import { sweptRows } from "./sweep_model.ts";
import { describeRow } from "./table_model.ts";

/** Most points of a drawn curve; longer ones are averaged in equal stretches. */
const maximumPoints = 200;

/** Means over equal stretches, so that a curve has at most {@linkcode maximumPoints} points. */
function thin(values: readonly number[]): number[] {
  if (values.length <= maximumPoints) return [...values];
  return Array.from({ length: maximumPoints }, (_, index) => {
    const from = Math.floor((index * values.length) / maximumPoints);
    const to = Math.floor(((index + 1) * values.length) / maximumPoints);
    return values.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  });
}

function toPoints(steps: readonly number[], values: readonly number[]) {
  const x = thin(steps), y = thin(values);
  return x.flatMap((step, index) => {
    const value = y[index];
    return value === undefined || !Number.isFinite(value) ? [] : [{ x: step, y: value }];
  });
}

/** Mean of curves with the same steps; null where the steps differ. */
function meanValues(curves: readonly LossCurve[], pick: (curve: LossCurve) => readonly number[]) {
  const steps = JSON.stringify(curves[0]?.steps);
  if (curves.length === 0 || curves.some((curve) => JSON.stringify(curve.steps) !== steps)) {
    return null;
  }
  return curves[0]!.steps.map((_, index) =>
    curves.reduce((sum, curve) => sum + (pick(curve)[index] ?? NaN), 0) / curves.length
  );
}

interface LossSeries {
  label: string;
  color: number;
  points: { x: number; y: number }[];
  kind: "mean" | "seed" | "part";
}

function lossChart(title: string, series: readonly LossSeries[]): ChartSpec | null {
  // A line takes two points.
  const shown = series.filter(({ points }) => points.length > 1);
  if (shown.length === 0) return null;
  const named = shown.filter(({ label }) => label !== "");
  const list = named.map(({ label, points }) =>
    `${label} from ${formatNumber(points[0]!.y, 2)} to ${formatNumber(points.at(-1)!.y, 2)}`
  );
  return {
    title,
    kind: "losses",
    description: `Loss over training steps, ${title}: ${list.join("; ")}.`,
    width: chartWidth,
    height: 320,
    configure: (theme) => ({
      type: "line",
      data: {
        datasets: shown.map(({ label, color, points, kind }): ChartDataset<"line"> => {
          const base = theme.series[color % theme.series.length]!;
          return {
            label,
            data: points,
            borderColor: kind === "seed" ? `${base}55` : base,
            backgroundColor: base,
            borderWidth: kind === "mean" ? 2 : kind === "seed" ? 1 : 1.5,
            borderDash: kind === "part" ? [5, 4] : [],
            pointRadius: 0,
          };
        }),
      },
      options: {
        ...baseOptions(theme),
        plugins: {
          legend: {
            ...baseOptions(theme).plugins.legend,
            labels: {
              color: theme.text,
              boxWidth: 10,
              boxHeight: 2,
              padding: 12,
              filter: (item) => item.text !== "",
            },
          },
        },
        scales: {
          x: { ...axis(theme, "training step"), type: "linear" },
          y: axis(theme, "loss"),
        },
      },
    } as ChartConfiguration<"line"> as ChartConfiguration),
  };
}

/** Labels of the sweep and the series of each row that a sweep has made. */
function seriesOfRows({ sweeps = [] }: ResultFile): Map<string, readonly [string, string]> {
  return new Map(
    sweeps.flatMap(({ title, series }) =>
      series.flatMap(({ label, points }) => points.map(({ row }) => [row, [title, label]] as const))
    ),
  );
}

/**
 * Losses of every block and method: one line per row, its seeds faintly behind; then the parts. The rows
 * of a sweep share a chart for each series, without the parts.
 */
export function planLossCharts(result: ResultFile): ChartSpec[] {
  const rowOf = new Map(result.rows.map((row) => [row.id, row]));
  const known = result.curves.filter((curve) => rowOf.has(curve.row));
  const swept = sweptRows(result), seriesOf = seriesOfRows(result);
  const groups = Map.groupBy(known, (curve) => {
    const row = rowOf.get(curve.row)!;
    return JSON.stringify(
      swept.has(row.id) ? seriesOf.get(row.id) : [row.block, row.method],
    );
  });
  return [...groups].flatMap(([key, curves]) => {
    const [block, method] = (JSON.parse(key) as [string, string]).map(cleanText);
    const byRow = [...Map.groupBy(curves, (curve) => curve.row)];
    const total: LossSeries[] = [];
    byRow.forEach(([id, ofRow], color) => {
      const label = cleanText(describeRow(rowOf.get(id)!, result.rows));
      const mean = ofRow.length > 1 ? meanValues(ofRow, (curve) => curve.loss) : null;
      ofRow.forEach((curve, index) =>
        total.push({
          label: mean === null ? (index === 0 ? label : "") : "",
          color,
          points: toPoints(curve.steps, curve.loss),
          kind: mean === null ? "mean" : "seed",
        })
      );
      if (mean !== null) {
        total.push({ label, color, points: toPoints(ofRow[0]!.steps, mean), kind: "mean" });
      }
    });
    const charts = [lossChart(`${block} · ${method}: loss`, total)];
    const [id, ofRow] = byRow[0]!;
    const names = Object.keys(ofRow[0]!.parts);
    if (names.length > 0 && !swept.has(id)) {
      const label = cleanText(describeRow(rowOf.get(id)!, result.rows));
      const series = ["", ...names].map((name, color): LossSeries => {
        const pick = (curve: LossCurve) => name === "" ? curve.loss : curve.parts[name] ?? [];
        const values = meanValues(ofRow, pick) ?? pick(ofRow[0]!);
        return {
          label: name === "" ? "total" : cleanText(name),
          color,
          points: toPoints(ofRow[0]!.steps, values),
          kind: name === "" ? "mean" : "part",
        };
      });
      charts.push(lossChart(`${block} · ${label}: parts of the loss`, series));
    }
    return charts.filter((chart) => chart !== null);
  });
}
