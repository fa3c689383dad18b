/**
 * The charts of the speed benchmarks: ratio of time to the peer, and memory over many steps.
 *
 * @module
 */

import type { ChartConfiguration } from "chart.js";
import type { LongRun, SpeedCaseResult, SpeedFile } from "../core/results/speed_result.ts";
import {
  axis,
  baseOptions,
  type ChartImage,
  type ChartSpec,
  chartWidth,
  drawChart,
  intervalPlugin,
} from "./chart_canvas.ts";
import { cleanText, countOf } from "./format.ts";
import { formatFigure } from "./speed_table.ts";

/** A case with the ratio to its first measured peer. */
function comparedCases(cases: readonly SpeedCaseResult[]) {
  return cases.flatMap((result) => {
    const peer = result.peers.find(({ timeRatio }) => timeRatio !== null);
    return peer ? [{ result, peer, ratio: peer.timeRatio! }] : [];
  });
}

function ratioChart(file: SpeedFile): ChartSpec | null {
  const compared = comparedCases(file.cases);
  if (compared.length === 0) return null;
  const labels = compared.map(({ result, peer }) => [
    cleanText(result.title),
    `${countOf(result.threads, "thread")}, beside ${peer.title}`,
  ]);
  const targets = compared.map(({ result }) => result.target?.timeRatio ?? null);
  const list = compared.map(({ ratio }, index) =>
    `${labels[index]!.join(", ")}: ${formatFigure(ratio.median)}` +
    (targets[index] === null ? "" : ` (target: at most ${targets[index]})`)
  );
  const largest = Math.max(1, ...compared.map(({ ratio }) => ratio.high));
  return {
    title: "Time of a step, ours / peer (below 1 we are faster)",
    kind: "values",
    description: `Bar chart of the ratio of times. ${list.join("; ")}.`,
    width: chartWidth,
    height: 100 + 38 * compared.length,
    configure: (theme) => ({
      type: "bar",
      data: {
        labels,
        datasets: [
          {
            label: "time ratio, whiskers: least and greatest pair",
            data: compared.map(({ ratio }) => ratio.median),
            backgroundColor: compared.map(({ ratio }, index) =>
              ratio.median <= (targets[index] ?? 1) ? theme.series[0]! : theme.series[1]!
            ),
            barPercentage: 0.9,
            categoryPercentage: 0.6,
          },
        ],
      },
      options: {
        ...baseOptions(theme),
        plugins: { legend: { display: false } },
        indexAxis: "y",
        scales: {
          x: {
            ...axis(theme, "time of a step, ours / peer; whiskers: least and greatest pair"),
            beginAtZero: true,
            suggestedMax: largest,
            grid: {
              color: ({ tick }: { tick: { value: number } }) =>
                tick.value === 1 ? theme.text : theme.grid,
            },
          },
          y: {
            ...axis(theme, ""),
            grid: { display: false },
            ticks: { color: theme.text, font: { size: 11 }, autoSkip: false },
          },
        },
      },
      plugins: [
        intervalPlugin(
          [compared.map(({ ratio }) => [ratio.low, ratio.high] as const)],
          () => theme.text,
        ),
      ],
    } as unknown as ChartConfiguration),
  };
}

function memoryChart({ memory, student }: LongRun): ChartSpec {
  const points = memory.map(({ step, bytes }) => ({ x: step, y: bytes / 2 ** 20 }));
  return {
    title: `Memory while training (${student})`,
    kind: "losses",
    description: `Line chart of the resident set in megabytes: ${
      formatFigure(points[0]?.y ?? null)
    } at step ${points[0]?.x}, ${formatFigure(points.at(-1)?.y ?? null)} at step ${
      points.at(-1)?.x
    }.`,
    width: chartWidth,
    height: 260,
    configure: (theme) => ({
      type: "line",
      data: {
        datasets: [{
          label: "resident set",
          data: points,
          borderColor: theme.series[0]!,
          borderWidth: 2,
          pointRadius: 0,
        }],
      },
      options: {
        ...baseOptions(theme),
        plugins: { legend: { display: false } },
        scales: {
          x: { ...axis(theme, "step"), type: "linear" },
          y: { ...axis(theme, "MB"), beginAtZero: true },
        },
      },
    } as unknown as ChartConfiguration),
  };
}

/** Draws every chart that there are numbers for. */
export async function drawSpeedCharts(file: SpeedFile): Promise<ChartImage[]> {
  const specs = [ratioChart(file), file.longRun && memoryChart(file.longRun)];
  const images: ChartImage[] = [];
  for (const spec of specs) if (spec) images.push(await drawChart(spec));
  return images;
}
