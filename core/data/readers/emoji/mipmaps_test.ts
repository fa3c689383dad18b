import assert from "node:assert/strict";
import { levelBytes, levelFor, shrinkLevel, writeBaseLevel } from "./mipmaps.ts";

Deno.test("levelFor takes the smallest level that is not enlarged", () => {
  assert.equal(levelFor(32), 32);
  assert.equal(levelFor(32.5), 48);
  assert.equal(levelFor(19.2), 24);
  assert.equal(levelFor(5), 12);
  assert.equal(levelFor(128), 128);
  assert.equal(levelFor(400), 128);
});

Deno.test("writeBaseLevel premultiplies, mirrors and leaves a transparent border", () => {
  // Two by two: red at half alpha, green opaque; blue transparent, white opaque.
  const rgba = Uint8Array.of(255, 0, 0, 128, 0, 255, 0, 255, 0, 0, 255, 0, 255, 255, 255, 255);
  const level = new Uint8Array(levelBytes(2));
  writeBaseLevel(rgba, 2, false, level, 0);
  const at = (x: number, y: number) => [...level.subarray((y * 4 + x) * 4, (y * 4 + x) * 4 + 4)];
  assert.deepEqual(at(1, 1), [128, 0, 0, 128]);
  assert.deepEqual(at(2, 1), [0, 255, 0, 255]);
  assert.deepEqual(at(1, 2), [0, 0, 0, 0]);
  assert.deepEqual(at(2, 2), [255, 255, 255, 255]);
  for (let index = 0; index < 4; index++) {
    for (const pixel of [at(index, 0), at(index, 3), at(0, index), at(3, index)]) {
      assert.deepEqual(pixel, [0, 0, 0, 0]);
    }
  }
  writeBaseLevel(rgba, 2, true, level, 0);
  assert.deepEqual(at(1, 1), [0, 255, 0, 255]);
});

Deno.test("shrinkLevel averages by area, also where the sizes do not divide", () => {
  const size = 4;
  const source = new Uint8Array(levelBytes(size));
  const rgba = new Uint8Array(size * size * 4);
  for (let index = 0; index < size * size; index++) {
    rgba.set([index * 16, 0, 0, 255], index * 4);
  }
  writeBaseLevel(rgba, size, false, source, 0);
  const half = new Uint8Array(levelBytes(2));
  shrinkLevel(source, 0, 4, half, 0, 2);
  // Means of 0 1 4 5, of 2 3 6 7, of 8 9 12 13, of 10 11 14 15, times 16.
  const reds = (level: Uint8Array, side: number) => {
    const values: number[] = [];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) values.push(level[((y + 1) * (side + 2) + x + 1) * 4]!);
    }
    return values;
  };
  assert.deepEqual(reds(half, 2), [40, 72, 168, 200]);
  const three = new Uint8Array(levelBytes(3));
  shrinkLevel(source, 0, 4, three, 0, 3);
  // A target pixel covers 4/3: weights 3/4, 1/4 | 1/2, 1/2 | 1/4, 3/4 on both axes.
  const weights = [[0.75, 0.25, 0, 0], [0, 0.5, 0.5, 0], [0, 0, 0.25, 0.75]];
  const wanted = weights.flatMap((wy) =>
    weights.map((wx) => {
      let sum = 0;
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 4; x++) sum += wy[y]! * wx[x]! * (y * 4 + x) * 16;
      }
      return Math.round(sum);
    })
  );
  assert.deepEqual(reds(three, 3), wanted);
});
