import assert from "node:assert/strict";
import { RandomStream } from "../../random.ts";
import { joinLists, PrecisionReader } from "./average_precision.ts";

const right = (sample: number) => 2 * sample + 1, wrong = (sample: number) => 2 * sample;
const recalls = Float64Array.of(0, 0.25, 0.5, 0.75, 1);

Deno.test("joinLists cuts lists behind the last right detection", () => {
  const { entries, starts } = joinLists([[right(0), wrong(1)], [wrong(2)], [wrong(0), right(3)]]);
  assert.deepEqual([...entries], [1, 0, 7]);
  assert.deepEqual([...starts], [0, 1, 1, 3]);
});

Deno.test("PrecisionReader reads the greatest precision at each recall or above", () => {
  const lists = joinLists([[right(0), wrong(1), wrong(2), right(3), right(4)]]);
  const reader = new PrecisionReader(lists, recalls);
  const weights = new Float64Array(5).fill(1), output = new Float64Array(5);
  // Recalls 1/4, 2/4, 3/4 with precisions 1, 2/4, 3/5: the second is lifted to the third.
  const sum = reader.sum(0, weights, 4, output);
  assert.deepEqual([...output], [1, 1, 0.6, 0.6, 0]);
  assert.ok(Math.abs(sum - 3.2) < 1e-12);
});

Deno.test("PrecisionReader gives 0 where nothing is right, or nothing right was drawn", () => {
  const reader = new PrecisionReader(joinLists([[wrong(0)], [right(0), wrong(1)], []]), recalls);
  const output = new Float64Array(5).fill(9);
  assert.equal(reader.sum(0, Float64Array.of(1, 1), 1, output), 0);
  assert.deepEqual([...output], [0, 0, 0, 0, 0]);
  assert.equal(reader.sum(1, Float64Array.of(0, 1), 1), 0);
  assert.equal(reader.sum(2, Float64Array.of(1, 1), 1), 0);
});

Deno.test("PrecisionReader counts a sample with weight n like n equal samples", () => {
  const random = new RandomStream(0, "weights");
  for (let round = 0; round < 50; round++) {
    const samples = 1 + random.integer(8);
    const weights = Float64Array.from({ length: samples }, () => random.integer(4));
    const list = Array.from(
      { length: 20 },
      () =>
        random.integer(2) === 1 ? right(random.integer(samples)) : wrong(random.integer(samples)),
    );
    // Every copy of a sample is a sample of its own; their detections lie behind each other.
    const repeated = list.flatMap((entry) => Array<number>(weights[entry >> 1]!).fill(entry));
    const objects = 30;
    const once = new PrecisionReader(joinLists([list]), recalls).sum(0, weights, objects);
    const copies = new PrecisionReader(joinLists([repeated]), recalls)
      .sum(0, new Float64Array(samples).fill(1), objects);
    assert.equal(once, copies);
  }
});
