/**
 * The shapes of a line chart as SVG paths in a box of {@linkcode boxWidth} × {@linkcode boxHeight},
 * which the page stretches to its width. Whole units, and steps from point to point, keep them short.
 *
 * @module
 */

import type { HistoryLine } from "../../core/history/line.ts";
import type { Move } from "../../core/history/moves.ts";
import { breaksOf } from "../../core/history/moves.ts";
import { padRange, roundTicks } from "./axis_scale.ts";
import { type Bucket, makeBuckets, nightsPerBucket } from "./downsample.ts";

/** Width of the box. */
export const boxWidth = 1000;
/** Height of the box. */
export const boxHeight = 300;

/** A chart before it is drawn. */
export interface ChartShapes {
  /** Nights of one point. */
  readonly nightsPerPoint: number;
  /** Round numbers on the axis, and how high they lie, from 0 at the top to 1. */
  readonly ticks: readonly { readonly value: number; readonly top: number }[];
  /** Decimals of the ticks. */
  readonly decimals: number;
  /** Outline of the mean 95 % intervals; empty where there are none. */
  readonly interval: string;
  /** Outline from the least to the greatest number of each point; empty where it is one night. */
  readonly range: string;
  /** The means, one line for each part that is comparable. */
  readonly mean: string;
  /** Levels between the nights in which the number moved; empty where it did not. */
  readonly levels: string;
  /** Place of an index, from 0 at the left to 1. */
  readonly place: (index: number) => number;
  /** Height of the latest number, from 0 at the top to 1. */
  readonly latest: number;
}

/** Point of a path. */
type Place = readonly [x: number, y: number];

/** A path through places, by steps. */
function pathOf(places: readonly Place[], close = false): string {
  if (places.length === 0) return "";
  let [x, y] = places[0]!;
  let text = `M${x} ${y}`;
  if (places.length > 1) text += "l";
  places.slice(1).forEach(([nextX, nextY], at) => {
    const dx = nextX - x, dy = nextY - y;
    text += `${at > 0 && dx >= 0 ? " " : ""}${dx}${dy < 0 ? "" : " "}${dy}`;
    [x, y] = [nextX, nextY];
  });
  return close ? `${text}z` : text;
}

/** Neighbours that belong together, in runs. */
function runsOf(buckets: readonly Bucket[], breaks: ReadonlySet<number>): Bucket[][] {
  const runs: Bucket[][] = [];
  for (const bucket of buckets) {
    if (runs.length === 0 || breaks.has(bucket.start)) runs.push([bucket]);
    else runs.at(-1)!.push(bucket);
  }
  return runs;
}

/** Least and greatest number that a chart must show. */
function rangeOf(buckets: readonly Bucket[]): readonly [number, number] {
  let low = Infinity, high = -Infinity;
  for (const { least, greatest, interval } of buckets) {
    low = Math.min(low, least, interval?.[0] ?? least);
    high = Math.max(high, greatest, interval?.[1] ?? greatest);
  }
  return padRange(low, high);
}

/** Segments of equal level, each as a line of its own. */
function levelsOf(
  { points }: HistoryLine,
  moves: readonly Move[],
  toPlace: (index: number, value: number) => Place,
): string {
  const starts = new Set([0, ...breaksOf(points)]);
  const edges = [...starts, ...moves.map(({ index }) => index), points.length]
    .sort((a, b) => a - b);
  return edges.slice(0, -1).map((start, at) => {
    const end = edges[at + 1]!;
    const left = moves.find(({ index }) => index === start);
    const right = moves.find(({ index }) => index === end);
    const level = left?.after ?? right?.before;
    if (level === undefined) return "";
    return pathOf([toPlace(start, level), toPlace(end - 1, level)]);
  }).join("");
}

/**
 * Plans the chart of a line.
 *
 * @param mostPoints Most points of the chart; more nights share them.
 */
export function planChart(
  line: HistoryLine,
  moves: readonly Move[],
  mostPoints: number,
): ChartShapes {
  const { points } = line;
  const breaks = breaksOf(points);
  const size = nightsPerBucket(points.length, mostPoints);
  const buckets = makeBuckets(points, size, breaks);
  const [low, high] = rangeOf(buckets);
  const place = (index: number) => points.length === 1 ? 0.5 : index / (points.length - 1);
  const top = (value: number) => (high - value) / (high - low);
  const toPlace = (index: number, value: number): Place => [
    Math.round(boxWidth * place(index)),
    Math.round(boxHeight * top(value)),
  ];
  const middle = ({ start, end }: Bucket) => (start + end - 1) / 2;
  const outline = (run: readonly Bucket[], ends: (bucket: Bucket) => readonly [number, number]) =>
    pathOf([
      ...run.map((bucket) => toPlace(middle(bucket), ends(bucket)[0])),
      ...run.toReversed().map((bucket) => toPlace(middle(bucket), ends(bucket)[1])),
    ], true);
  const runs = runsOf(buckets, new Set(breaks));
  const { values, decimals } = roundTicks([low, high], 3);
  return {
    nightsPerPoint: size,
    ticks: values.map((value) => ({ value, top: top(value) })),
    decimals,
    interval: runs.filter((run) => run.every(({ interval }) => interval !== null))
      .map((run) => outline(run, ({ interval }) => interval!)).join(""),
    range: size === 1
      ? ""
      : runs.map((run) => outline(run, ({ least, greatest }) => [least, greatest])).join(""),
    mean: runs.map((run) => pathOf(run.map((bucket) => toPlace(middle(bucket), bucket.mean))))
      .join(""),
    levels: levelsOf(line, moves, toPlace),
    place,
    latest: top(points.at(-1)!.value),
  };
}
