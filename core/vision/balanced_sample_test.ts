import assert from "node:assert/strict";
import { RandomStream } from "../random.ts";
import { sampleBalanced } from "./balanced_sample.ts";

const labels = Int32Array.from({ length: 100 }, (_, index) => [1, 0, 0, -1, 0][index % 5]!);
const draw = (seed: number, count: number, positiveFraction: number) =>
  sampleBalanced(labels, { count, positiveFraction }, new RandomStream(seed, "sample"));

Deno.test("sampleBalanced bounds the positive share and fills with negative boxes", () => {
  for (
    const [count, fraction, positives, negatives] of [
      [30, 0.5, 15, 15],
      [31, 0.25, 7, 24],
      [64, 0.5, 20, 44],
      [256, 0.5, 20, 60],
      [10, 0, 0, 10],
    ] as const
  ) {
    const { positive, negative } = draw(3, count, fraction);
    assert.deepEqual([positive.length, negative.length], [positives, negatives]);
    assert.ok(positive.every((index) => labels[index] === 1));
    assert.ok(negative.every((index) => labels[index] === 0));
    assert.equal(new Set([...positive, ...negative]).size, positives + negatives);
    assert.deepEqual([...positive], [...positive].sort((a, b) => a - b));
  }
});

Deno.test("sampleBalanced is a function of the random numbers, and takes all alike often", () => {
  assert.deepEqual(draw(3, 30, 0.5), draw(3, 30, 0.5));
  assert.notDeepEqual(draw(3, 30, 0.5), draw(4, 30, 0.5));
  const taken = new Float64Array(100);
  for (let seed = 0; seed < 2000; seed++) {
    const { positive, negative } = draw(seed, 20, 0.5);
    for (const index of [...positive, ...negative]) taken[index]!++;
  }
  // Half of 20 positive boxes, a sixth of 60 negative ones; four standard errors.
  for (let index = 0; index < 100; index++) {
    const rate = [1 / 2, 1 / 6, 1 / 6, 0, 1 / 6][index % 5]!;
    assert.ok(Math.abs(taken[index]! / 2000 - rate) < 4 * Math.sqrt(rate / 2000) + 1e-9);
  }
});
