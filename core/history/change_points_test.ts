import assert from "node:assert/strict";
import { RandomStream } from "../random.ts";
import { changePoints } from "./change_points.ts";

/** Noise around levels that begin at given nights. */
function draw(
  seed: number,
  count: number,
  levels: readonly (readonly [start: number, level: number])[] = [],
): Float64Array {
  const noise = new RandomStream(seed, "noise");
  return Float64Array.from({ length: count }, (_, night) => {
    const level = levels.findLast(([start]) => start <= night)?.[1] ?? 0;
    return level + noise.normal();
  });
}

Deno.test("changePoints finds the first night of a new level, with intervals", () => {
  const [change, ...others] = changePoints(draw(1, 200, [[120, -2]]));
  assert.deepEqual(others, []);
  assert(Math.abs(change!.index - 120) <= 2, `${change!.index}`);
  const [earliest, latest] = change!.indexInterval;
  assert(earliest <= 120 && 120 <= latest && latest - earliest <= 12, `${earliest} ${latest}`);
  assert(change!.ci95[0] < -2 && -2 < change!.ci95[1] && change!.ci95[1] < -1.5);
  assert(Math.abs(change!.after - change!.before - change!.difference) < 1e-12);
  assert(change!.pValue <= 0.001);
});

Deno.test("changePoints finds several moves, and a short one with its end", () => {
  const several = changePoints(draw(2, 400, [[100, 4], [200, -1], [300, 3]]));
  assert.equal(several.length, 3);
  several.forEach(({ index }, at) => assert(Math.abs(index - 100 * (at + 1)) <= 1));
  const short = changePoints(draw(3, 300, [[150, -6], [156, 0]]));
  assert.deepEqual(short.map(({ index }) => index), [150, 156]);
});

Deno.test("changePoints finds a loss of five deviations within four nights, 20 of 20 times", () => {
  for (let seed = 0; seed < 20; seed++) {
    const found = changePoints(draw(100 + seed, 30, [[26, -5]]));
    assert.equal(found.length, 1, `seed ${seed}`);
    assert(Math.abs(found[0]!.index - 26) <= 1, `seed ${seed}: ${found[0]!.index}`);
  }
});

Deno.test("changePoints finds a drift of one deviation after enough nights", () => {
  const nights = [5, 20, 60].map((after) => {
    let found = 0;
    for (let seed = 0; seed < 20; seed++) {
      found += Number(changePoints(draw(200 + seed, 60 + after, [[60, -1]])).length > 0);
    }
    return found;
  });
  assert(nights[0]! <= 3 && nights[2]! >= 17, nights.join());
});

Deno.test("changePoints rarely finds something where nothing has changed", () => {
  let lines = 0;
  for (let seed = 0; seed < 400; seed++) {
    lines += Number(changePoints(draw(1000 + seed, [12, 40, 120, 300][seed % 4]!)).length > 0);
  }
  // The level is 0.001 for each test.
  assert(lines <= 2, `${lines} of 400`);
});

Deno.test("changePoints of equal numbers is none, and of numbers that moved once is exact", () => {
  assert.deepEqual(changePoints(new Float64Array(100).fill(43.2)), []);
  const moved = Array.from({ length: 30 }, (_, night) => night < 27 ? 43.2 : 43.5);
  const [change] = changePoints(moved);
  assert.deepEqual([change!.index, change!.indexInterval], [27, [27, 27]]);
  assert(Math.abs(change!.difference - 0.3) < 1e-9);
  // Two nights are not enough to tell a new level from a bad night.
  assert.deepEqual(changePoints(moved.slice(0, 29)), []);
  // One bad night is no new level.
  assert.deepEqual(changePoints(moved.map((_, night) => night === 10 ? 0 : 43.2)), []);
});

Deno.test("changePoints depends on nothing but numbers and settings", () => {
  const values = draw(7, 500, [[250, 0.6]]);
  const found = changePoints(values);
  assert.deepEqual(changePoints(values), found);
  const shifted = changePoints(values.map((value) => 1e6 + 1000 * value));
  assert.deepEqual(shifted.map(({ index }) => index), found.map(({ index }) => index));
  assert.deepEqual(shifted.map(({ pValue }) => pValue), found.map(({ pValue }) => pValue));
});

Deno.test("changePoints takes short series and refuses what it cannot use", () => {
  for (const count of [0, 1, 5]) assert.deepEqual(changePoints(draw(1, count, [[2, 100]])), []);
  assert.throws(() => changePoints([1, NaN, 2]), /value 1 is NaN/);
  assert.throws(() => changePoints([], { level: 0 }), RangeError);
  assert.throws(() => changePoints([], { minimumNights: 1 }), RangeError);
});
