import assert from "node:assert/strict";
import { linesOfPosition } from "../../core/history/line.ts";
import { contentOfNights } from "../../core/history/history_content.ts";
import { movesOfLine } from "../../core/history/moves.ts";
import { syntheticNights } from "../../core/history/testdata/synthetic_nights.ts";
import { padRange, roundTicks, spreadIndices } from "./axis_scale.ts";
import { boxHeight, boxWidth, planChart } from "./chart_paths.ts";
import { makeBuckets, nightsPerBucket } from "./downsample.ts";

function lineOf(nights: number, lossAt?: number) {
  const content = contentOfNights(
    syntheticNights({ nights, positions: 1, ...(lossAt === undefined ? {} : { lossAt }) }),
  );
  const [[name, numbers]] = [...content.positions] as [[string, never[]]];
  return linesOfPosition(name, numbers, content.nights, {})[0]!;
}

/** Places of a path of steps. */
function placesOf(path: string): [number, number][] {
  const [, x, y, rest] = /^M(-?\d+) (-?\d+)(?:l([^Mz]*))?/.exec(path)!;
  const places: [number, number][] = [[Number(x), Number(y)]];
  const steps = [...(rest ?? "").matchAll(/-?\d+/g)].map(Number);
  for (let at = 0; at < steps.length; at += 2) {
    const [lastX, lastY] = places.at(-1)!;
    places.push([lastX + steps[at]!, lastY + steps[at + 1]!]);
  }
  return places;
}

Deno.test("planChart puts every night at its place", () => {
  const line = lineOf(50);
  const { mean, place, ticks, range, levels, latest } = planChart(line, [], 140);
  const places = placesOf(mean);
  assert.equal(places.length, 50);
  assert.deepEqual([places[0]![0], places.at(-1)![0]], [0, boxWidth]);
  // The axis says where a value lies; so do the ticks.
  const [a, b] = [ticks[0]!, ticks.at(-1)!];
  const heightOf = (value: number) =>
    boxHeight * (a.top + (b.top - a.top) * (value - a.value) / (b.value - a.value));
  line.points.forEach(({ value }, index) => {
    assert(Math.abs(places[index]![1] - heightOf(value)) <= 1, `${index}`);
    assert(Math.abs(places[index]![0] - boxWidth * place(index)) <= 0.5);
  });
  assert(Math.abs(boxHeight * latest - places.at(-1)![1]) <= 0.5);
  assert.deepEqual([range, levels], ["", ""]);
});

Deno.test("planChart hides no night where many share a point", () => {
  const line = lineOf(1000, 700);
  const moves = movesOfLine(line);
  assert.equal(moves.length, 1);
  const { mean, range, interval, nightsPerPoint, levels } = planChart(line, moves, 140);
  assert.equal(nightsPerPoint, 8);
  assert.equal(placesOf(mean).length, 125);
  assert.equal(placesOf(range).length, 250);
  assert.equal(placesOf(interval).length, 250);
  assert.equal(levels.match(/M/g)?.length, 2);
  const heights = placesOf(range).map(([, y]) => y);
  assert(Math.min(...heights) >= 0 && Math.max(...heights) <= boxHeight);
});

Deno.test("planChart of one night and of equal numbers is a chart", () => {
  const { mean, ticks } = planChart(lineOf(1), [], 140);
  assert.match(mean, /^M500 \d+$/);
  assert(ticks.length > 0);
  const line = lineOf(5);
  const equal = { ...line, points: line.points.map((point) => ({ ...point, value: 0 })) };
  assert.match(planChart(equal, [], 140).mean, /^M0 \d+l/);
});

Deno.test("makeBuckets averages nothing across a cut", () => {
  const { points } = lineOf(20);
  const buckets = makeBuckets(points, 4, [6]);
  assert.deepEqual(buckets.map(({ start, end }) => [start, end]), [
    [0, 4],
    [4, 6],
    [6, 10],
    [10, 14],
    [14, 18],
    [18, 20],
  ]);
  const [first] = buckets;
  const own = points.slice(0, 4).map(({ value }) => value);
  assert.deepEqual([first!.least, first!.greatest], [Math.min(...own), Math.max(...own)]);
  assert.equal(nightsPerBucket(1001, 140), 8);
  assert.equal(nightsPerBucket(10, 140), 1);
});

Deno.test("roundTicks lie inside the range and need few digits", () => {
  for (const [low, high] of [[0, 1], [39.9, 41.2], [-5, 5], [1e-4, 2e-4], [0, 1e6]] as const) {
    const { values, decimals } = roundTicks([low, high], 3);
    assert(values.length >= 2 && values.length <= 6, `${low} ${high} ${values}`);
    for (const value of values) {
      assert(value >= low - 1e-12 && value <= high + 1e-9);
      assert.equal(Number(value.toFixed(decimals)), Number(value.toPrecision(12)));
    }
  }
  const [low, high] = padRange(3, 3);
  assert(low < 3 && high > 3);
  assert(padRange(0, 0)[0] < padRange(0, 0)[1]);
  assert.deepEqual(spreadIndices(10, 3), [0, 5, 9]);
  assert.deepEqual(spreadIndices(2, 5), [0, 1]);
  assert.deepEqual(spreadIndices(1, 3), [0]);
});
