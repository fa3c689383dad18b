import assert from "node:assert/strict";
import type { Measurement } from "../../core/results/speed_result.ts";
import { ratioOfPairs, secondsPerImage, summarizeMemory, valueDifference } from "./statistics.ts";

function measurement(options: Partial<Measurement>): Measurement {
  return {
    seconds: [1],
    cpuSeconds: 1,
    peakBytes: 1,
    values: [1],
    images: 1,
    versions: {},
    ...options,
  };
}

Deno.test("secondsPerImage takes the median step, so one disturbed step does not count", () => {
  assert.equal(secondsPerImage(measurement({ seconds: [2, 90, 4], images: 8 })), 0.5);
});

Deno.test("ratioOfPairs divides neighbours and gives median and extremes", () => {
  const ours = [2, 6, 3].map((seconds) => measurement({ seconds: [seconds] }));
  const theirs = [4, 4, 4].map((seconds) => measurement({ seconds: [seconds] }));
  assert.deepEqual(ratioOfPairs(ours, theirs, secondsPerImage), {
    median: 0.75,
    low: 0.5,
    high: 1.5,
    pairs: [0.5, 1.5, 0.75],
  });
});

Deno.test("ratioOfPairs uses only the runs that have a partner", () => {
  const ours = [2, 6].map((seconds) => measurement({ seconds: [seconds] }));
  const theirs = [measurement({ seconds: [4] })];
  assert.deepEqual(ratioOfPairs(ours, theirs, secondsPerImage)?.pairs, [0.5]);
  assert.equal(ratioOfPairs(ours, [], secondsPerImage), null);
});

Deno.test("ratioOfPairs compares images, not steps of different batches", () => {
  const ours = [measurement({ seconds: [1], images: 10 })];
  const theirs = [measurement({ seconds: [1], images: 5 })];
  assert.equal(ratioOfPairs(ours, theirs, secondsPerImage)?.median, 0.5);
});

Deno.test("valueDifference is the largest relative difference of first values", () => {
  const ours = [measurement({ values: [1, 9] }), measurement({ values: [2, 9] })];
  const theirs = [measurement({ values: [4, 7] })];
  assert.equal(valueDifference(ours, theirs), 0.75);
  assert.equal(valueDifference(ours, []), null);
});

Deno.test("summarizeMemory sees growth after the first tenth, and only that", () => {
  const memoryOf = (bytes: (index: number) => number) =>
    measurement({
      seconds: Array(200).fill(0.5),
      memory: Array.from({ length: 20 }, (_, index) => ({ step: index + 1, bytes: bytes(index) })),
    });
  const settling = summarizeMemory("s", memoryOf((index) => index < 2 ? 10 : 100));
  assert.deepEqual([settling.flat, settling.growth, settling.steps, settling.seconds], [
    true,
    0,
    200,
    100,
  ]);
  const leaking = summarizeMemory("s", memoryOf((index) => 100 + index));
  assert.equal(leaking.flat, false);
  assert.ok(Math.abs(leaking.growth - (118.5 / 102.5 - 1)) < 1e-12);
  assert.throws(() => summarizeMemory("s", measurement({})), /read 0 times/);
});
