/**
 * Draws Chart.js charts on a canvas without a browser, in a light and a dark version.
 *
 * The font is this project's own file (a subset of Inter, SIL Open Font License, see
 * `fonts/LICENSE.txt`): a machine may have no fonts at all, and the same result must give the same
 * picture on every machine.
 *
 * @module
 */

import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import sharp from "sharp";
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  type Plugin,
  PointElement,
  ScatterController,
} from "chart.js";
import { DataError } from "../core/errors.ts";
import { packageFile } from "../core/files.ts";
import type { ResultSplit } from "../core/results/result.ts";

/** Colours of a chart on a light or a dark page; the background stays transparent. */
export interface ChartTheme {
  /** Titles and labels. */
  readonly text: string;
  /** Ticks and intervals. */
  readonly muted: string;
  /** Grid lines. */
  readonly grid: string;
  /** Colours of the test splits, in their order. */
  readonly splits: readonly string[];
  /** Colour of splits that are not for tests. */
  readonly otherSplit: string;
  /** Colours of series, told apart also by people who are colour-blind (Okabe and Ito). */
  readonly series: readonly string[];
}

/** A chart before it is drawn. */
export interface ChartSpec {
  /** Title above the chart. */
  readonly title: string;
  /** What the chart shows, in words and numbers, for those who do not see it. */
  readonly description: string;
  /** Section of the report it belongs to. */
  readonly kind: "values" | "differences" | "sweeps" | "costs" | "losses" | "figures";
  /** Part of the section, where it has several. */
  readonly section?: string;
  /** Width in CSS pixels. */
  readonly width: number;
  /** Height in CSS pixels. */
  readonly height: number;
  /** The Chart.js configuration in the colours of a theme. */
  configure(theme: ChartTheme): ChartConfiguration;
}

/** A drawn chart. */
export interface ChartImage {
  /** The chart. */
  readonly spec: ChartSpec;
  /** PNG as a data URI, for a light page. */
  readonly light: string;
  /** PNG as a data URI, for a dark page. */
  readonly dark: string;
}

/** Colours on a light page. */
export const lightTheme: ChartTheme = {
  text: "#1b2430",
  muted: "#55616e",
  grid: "#e4e8ed",
  splits: ["#1f6fb2", "#e08a2c", "#2b8a5a", "#a3477f"],
  otherSplit: "#8793a0",
  series: ["#0072b2", "#d55e00", "#009e73", "#b8568f", "#8a6d00", "#56646f"],
};

/** Colours on a dark page. */
export const darkTheme: ChartTheme = {
  text: "#e7ecf2",
  muted: "#a7b3bf",
  grid: "#303a45",
  splits: ["#5cabe8", "#f2a65a", "#55c794", "#e08fc0"],
  otherSplit: "#94a2b0",
  series: ["#56b4e9", "#f0883e", "#33c296", "#e39ac4", "#d9c25f", "#a9b6c2"],
};

/** Colour of a split: test splits by their position, all others alike. */
export function splitColor(
  theme: ChartTheme,
  splits: readonly ResultSplit[],
  name: string,
): string {
  const tests = splits.filter(({ role }) => role === "test");
  const position = tests.findIndex((split) => split.name === name);
  return position < 0 ? theme.otherSplit : theme.splits[position % theme.splits.length]!;
}

/** Width of every chart in CSS pixels: two stand side by side on a wide page. */
export const chartWidth = 600;

/** Options that every chart shares. */
export function baseOptions(theme: ChartTheme) {
  return {
    plugins: {
      legend: {
        position: "bottom" as const,
        align: "start" as const,
        labels: { color: theme.text, boxWidth: 10, boxHeight: 10, padding: 12 },
      },
    },
  };
}

/** Colours and title of an axis; no title where it is empty. */
export function axis(theme: ChartTheme, title: string) {
  return {
    border: { color: theme.muted },
    grid: { color: theme.grid },
    ticks: { color: theme.muted },
    title: { display: title !== "", text: title, color: theme.muted },
  };
}

/** Name under which the font of the charts is registered. */
export const fontFamily = "Report Sans";

/** Pixels of the picture per CSS pixel. */
const pixelRatio = 2;

let isPrepared = false;

/** Registers the font and the parts of Chart.js that are used, once. */
function prepare(): void {
  if (isPrepared) return;
  const path = packageFile("reports/fonts/Inter-Regular.subset.ttf");
  if (GlobalFonts.registerFromPath(path, fontFamily) === null) {
    throw new DataError(
      `Cannot read the font ${path} of the charts: restore it from the repository`,
    );
  }
  Chart.register(
    BarController,
    BarElement,
    CategoryScale,
    Legend,
    LinearScale,
    LineController,
    LineElement,
    PointElement,
    ScatterController,
  );
  // Not an option of the single chart: axes fall back to the defaults, not to the chart's font.
  Chart.defaults.font.family = fontFamily;
  Chart.defaults.font.size = 12;
  isPrepared = true;
}

/** Horizontal intervals through the points or bar ends of each dataset; null draws nothing. */
export function intervalPlugin(
  intervals: readonly (readonly (readonly [number, number] | null)[])[],
  color: (dataset: number) => string,
): Plugin {
  return {
    id: "intervals",
    afterDatasetsDraw(chart) {
      const context = chart.ctx;
      const scale = chart.scales["x"]!;
      const { left, right, top, bottom } = chart.chartArea;
      context.save();
      context.beginPath();
      context.rect(left, top, right - left, bottom - top);
      context.clip();
      context.lineWidth = 1.5;
      intervals.forEach((ofDataset, dataset) => {
        const elements = chart.getDatasetMeta(dataset).data;
        context.strokeStyle = color(dataset);
        ofDataset.forEach((interval, index) => {
          const y = elements[index]?.y;
          if (interval === null || y === undefined || !Number.isFinite(y)) return;
          const low = scale.getPixelForValue(interval[0]);
          const high = scale.getPixelForValue(interval[1]);
          const cap = 3;
          context.beginPath();
          context.moveTo(low, y);
          context.lineTo(high, y);
          for (const end of [low, high]) {
            context.moveTo(end, y - cap);
            context.lineTo(end, y + cap);
          }
          context.stroke();
        });
      });
      context.restore();
    },
  };
}

async function drawOnce(spec: ChartSpec, theme: ChartTheme): Promise<string> {
  const canvas = createCanvas(spec.width, spec.height);
  const configuration = spec.configure(theme);
  configuration.options = {
    ...configuration.options,
    responsive: false,
    animation: false,
    devicePixelRatio: pixelRatio,
    locale: "en-US",
    color: theme.text,
    layout: { padding: { top: 4, right: 14, bottom: 2, left: 2 } },
  };
  const chart = new Chart(canvas as never, configuration);
  const drawn = canvas.toBuffer("image/png");
  chart.destroy();
  // A palette of 256 colours with alpha is enough for flat colours and takes a third of the bytes.
  const png = await sharp(drawn).png({ palette: true, dither: 0, compressionLevel: 9 }).toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** Draws a chart for light and for dark pages, at two pixels per CSS pixel. */
export async function drawChart(spec: ChartSpec): Promise<ChartImage> {
  prepare();
  const [light, dark] = await Promise.all([drawOnce(spec, lightTheme), drawOnce(spec, darkTheme)]);
  return { spec, light, dark };
}
