import assert from "node:assert/strict";
import { DataError } from "../errors.ts";
import { RandomStream } from "../random.ts";
import { rasterizePolygon, rasterizePolygons } from "./polygons.ts";
import { decodeMask, encodeMask, maskArea, maskBox, maskFromCounts } from "./run_length.ts";
import { maskIou, mergeMasks, sharedArea } from "./run_length_overlap.ts";
import { fromRunLengthString, toRunLengthString } from "./run_length_string.ts";
import fixture from "./testdata/run_length.json" with { type: "json" };

Deno.test("rasterizePolygons agrees with pycocotools in every run", () => {
  for (const { height, width, polygons, text, area, box } of fixture.polygons) {
    const mask = rasterizePolygons(
      polygons.map((each) => Float64Array.from(each.split(" "), Number)),
      height,
      width,
    );
    assert.equal(toRunLengthString(mask), text);
    assert.deepEqual(fromRunLengthString(text, height, width), mask);
    assert.equal(maskArea(mask), area);
    const [x0, y0, x1, y1] = maskBox(mask);
    assert.deepEqual([x0, y0, x1 - x0, y1 - y0], box);
  }
});

Deno.test("rasterizePolygons of nothing is empty, and of damaged polygons an error", () => {
  assert.deepEqual([...rasterizePolygons([], 2, 3).counts], [6]);
  assert.throws(
    () => rasterizePolygons([Float64Array.of(1, 1, 2, 2)], 4, 4, "a.json, annotation 7"),
    /^DataError: a\.json, annotation 7: expected a polygon of at least 3 corners.*got 4/,
  );
  assert.throws(() => rasterizePolygon(new Float64Array(6), 0, 4), /expected a height and width/);
  for (const wrong of [NaN, Infinity, 1e9]) {
    assert.throws(
      () => rasterizePolygons([Float64Array.of(1, 1, 2, 2, wrong, 3)], 4, 4),
      /coordinate of/,
    );
  }
});

Deno.test("maskIou, mergeMasks and decodeMask agree with pycocotools", () => {
  for (
    const { height, width, crowd, iou, union, intersection, bytes, ...texts } of fixture.overlaps
  ) {
    const read = (text: string) => fromRunLengthString(text, height, width);
    const detections = texts.detections.map(read), truth = texts.truth.map(read);
    const actual = maskIou(detections, truth, Uint8Array.from(crowd));
    for (const [index, value] of iou.flat().entries()) {
      assert.ok(Math.abs(actual[index]! - value) < 1e-15);
    }
    assert.equal(toRunLengthString(mergeMasks(detections, "union")), union);
    assert.equal(
      toRunLengthString(mergeMasks(detections.slice(0, 2), "intersection")),
      intersection,
    );
    assert.equal(decodeMask(detections[0]!).join(""), bytes);
    assert.deepEqual(encodeMask(decodeMask(detections[0]!), height, width), detections[0]);
  }
});

Deno.test("encodeMask of a window is that of the whole mask", () => {
  const random = new RandomStream(1, "window");
  for (
    const window of [
      { left: 2, top: 1, width: 3, height: 4 },
      { left: 0, top: 0, width: 7, height: 6 },
      { left: 6, top: 5, width: 1, height: 1 },
      { left: 3, top: 3, width: 0, height: 0 },
    ]
  ) {
    const bytes = new Uint8Array(window.width * window.height).map(() => random.integer(2) * 255);
    const whole = new Uint8Array(6 * 7);
    for (const [at, byte] of bytes.entries()) {
      whole[(window.top + Math.floor(at / window.width)) * 7 + window.left + at % window.width] =
        byte;
    }
    assert.deepEqual(encodeMask(bytes, 6, 7, window), encodeMask(whole, 6, 7));
  }
  assert.throws(() => encodeMask(new Uint8Array(5), 2, 3), /expected 2 × 3 bytes, got 5/);
});

Deno.test("toRunLengthString writes long masks and great differences", () => {
  const counts = Array.from({ length: 30_001 }, (_, index) => index % 3 === 0 ? 1 : 5000);
  const sum = counts.reduce((all, count) => all + count, 0);
  const mask = maskFromCounts(counts, 1, sum);
  assert.deepEqual(fromRunLengthString(toRunLengthString(mask), 1, sum), mask);
  const wide = maskFromCounts([0, 1, 2 ** 27, 3, 5, 2 ** 27 - 9], 2 ** 14, 2 ** 14);
  assert.deepEqual(fromRunLengthString(toRunLengthString(wide), 2 ** 14, 2 ** 14), wide);
});

Deno.test("damaged run lengths are refused with the reason", () => {
  const text = fixture.overlaps[0]!.union;
  const { height, width } = fixture.overlaps[0]!;
  const read = (damaged: string, h = height, w = width) =>
    fromRunLengthString(damaged, h, w, "x.json, annotation 3");
  for (
    const [damaged, message] of [
      [text + " ", /character \d+ of the run lengths is " ", which no run length has/],
      [text + "\u00e9", /which no run length has/],
      [text + "Q", /cut off/],
      ["ooooooooooo1", /makes a run longer than any mask/],
      [text.slice(0, -1), /sum to \d+, expected|cut off/],
      ["", /sum to 0, expected/],
      ["L", /run 0 has length -4, expected a whole number/],
    ] as const
  ) {
    assert.throws(() => read(damaged), message, damaged);
    assert.throws(() => read(damaged), DataError);
  }
  for (const [h, w] of [[0, 5], [-1, 5], [2.5, 2], [NaN, 1], [2 ** 20, 2 ** 20], [Infinity, 1]]) {
    assert.throws(() => read(text, h, w), /x\.json, annotation 3: expected a height and width/);
  }
  for (const wrong of [["3"], [1.5, 1.5], [-1, 4], [4], [1, 1], [null, 3], [2 ** 32 + 3]]) {
    assert.throws(() => maskFromCounts(wrong, 1, 3), DataError);
  }
});

Deno.test("overlaps take runs of length 0, and refuse masks of other sizes", () => {
  const gaps = maskFromCounts([0, 0, 2, 0, 0, 3, 0, 1, 0], 2, 3);
  const all = maskFromCounts([0, 6], 2, 3);
  assert.equal(maskArea(gaps), 4);
  assert.deepEqual(maskBox(gaps), [1, 0, 3, 2]);
  assert.equal(sharedArea(gaps, all), 4);
  assert.deepEqual([...mergeMasks([gaps, all], "intersection").counts], [2, 4]);
  assert.deepEqual([...mergeMasks([gaps, all], "union").counts], [0, 6]);
  assert.deepEqual(maskBox(maskFromCounts([6], 2, 3)), [0, 0, 0, 0]);
  assert.throws(() => sharedAreaOfSizes(), /expected the same size, got 2 × 3 and 3 × 2/);
  assert.throws(() => mergeMasks([], "union"), /at least one/);
});

function sharedAreaOfSizes() {
  maskIou([maskFromCounts([0, 6], 2, 3)], [maskFromCounts([0, 6], 3, 2)]);
}
