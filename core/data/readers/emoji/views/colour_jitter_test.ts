import assert from "node:assert/strict";
import { RandomStream } from "../../../../random.ts";
import { drawColourJitter, identityColourMap } from "./colour_jitter.ts";

function apply(map: Float64Array, colour: readonly number[]): number[] {
  return [0, 1, 2].map((row) =>
    map[row * 4]! * colour[0]! + map[row * 4 + 1]! * colour[1]! + map[row * 4 + 2]! * colour[2]! +
    map[row * 4 + 3]!
  );
}

Deno.test("drawColourJitter turns greyscale on with probability 0.2 and everything off with 0.16", () => {
  const map = identityColourMap();
  const identity = identityColourMap();
  let grey = 0, unchanged = 0;
  const count = 5000;
  for (let seed = 0; seed < count; seed++) {
    drawColourJitter(new RandomStream(seed, "test"), map);
    const [red, green, blue] = apply(map, [250, 10, 60]);
    if (Math.abs(red! - green!) < 0.5 && Math.abs(green! - blue!) < 0.5) grey++;
    if (map.every((value, index) => value === identity[index])) unchanged++;
  }
  assert.ok(Math.abs(grey / count - 0.2) < 0.025, `${grey / count} are grey`);
  assert.ok(Math.abs(unchanged / count - 0.16) < 0.025, `${unchanged / count} are unchanged`);
});

Deno.test("drawColourJitter gives ITU-R BT.601 grey where only greyscale is drawn", () => {
  const map = identityColourMap();
  let found = 0;
  for (let seed = 0; seed < 2000 && found < 3; seed++) {
    drawColourJitter(new RandomStream(seed, "test"), map);
    // Greyscale alone has no constant and weights that sum to one.
    if (map[3] !== 0 || Math.abs(map[0]! - map[4]!) > 1e-12 || map[0] === 1) continue;
    const grey = 0.299 * 200 + 0.587 * 30 + 0.114 * 90;
    for (const value of apply(map, [200, 30, 90])) assert.ok(Math.abs(value - grey) < 1e-9);
    found++;
  }
  assert.equal(found, 3);
});

Deno.test("drawColourJitter maps grey to a grey within the ranges of brightness and contrast", () => {
  const map = identityColourMap();
  for (let seed = 0; seed < 1000; seed++) {
    drawColourJitter(new RandomStream(seed, "test"), map);
    const [red, green, blue] = apply(map, [100, 100, 100]);
    // Hue and saturation leave grey alone, up to the three digits of the hue matrix.
    assert.ok(Math.abs(red! - green!) < 1 && Math.abs(green! - blue!) < 1);
    const least = Math.min(0.6 * 60 + 0.4 * 127.5, 1.4 * 60 - 0.4 * 127.5);
    const most = Math.max(0.6 * 140 + 0.4 * 127.5, 1.4 * 140 - 0.4 * 127.5);
    assert.ok(green! > least - 1 && green! < most + 1, `${green}`);
  }
});
