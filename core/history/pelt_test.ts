import assert from "node:assert/strict";
import { RandomStream } from "../random.ts";
import { optimalSegments } from "./pelt.ts";

interface Case {
  readonly values: readonly number[];
  readonly penalty: number;
  readonly minimum: number;
  readonly changes: readonly number[];
}

Deno.test("optimalSegments equals ruptures' dynamic programming", async () => {
  const { cases } = JSON.parse(
    await Deno.readTextFile(new URL("testdata/pelt.json", import.meta.url)),
  ) as { cases: Case[] };
  assert(cases.length >= 20);
  for (const { values, changes, ...options } of cases) {
    assert.deepEqual(optimalSegments(Float64Array.from(values), options), changes);
  }
});

/** Least cost over all segmentations, without any pruning. */
function leastCost(values: Float64Array, penalty: number, minimum: number): number {
  const best = [-penalty];
  for (let end = 1; end <= values.length; end++) {
    best[end] = Infinity;
    for (let start = 0; start <= end - minimum; start++) {
      best[end] = Math.min(
        best[end]!,
        best[start]! + costOf(values.subarray(start, end)) + penalty,
      );
    }
  }
  return best.at(-1)!;
}

function costOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

Deno.test("optimalSegments prunes nothing that would be best", () => {
  const noise = new RandomStream(3, "pelt");
  for (let round = 0; round < 60; round++) {
    const count = 6 + noise.integer(60);
    const jump = noise.integer(5);
    const values = Float64Array.from(
      { length: count },
      (_, index) => noise.normal() + jump * (Math.floor(index / 9) % 3),
    );
    const minimum = 1 + noise.integer(4), penalty = 1 + 8 * noise.uniform();
    const changes = optimalSegments(values, { penalty, minimum });
    const ends = [0, ...changes, count];
    let cost = -penalty;
    for (let part = 1; part < ends.length; part++) {
      const segment = values.subarray(ends[part - 1]!, ends[part]!);
      assert(segment.length >= minimum);
      cost += costOf(segment) + penalty;
    }
    const least = leastCost(values, penalty, minimum);
    assert(Math.abs(cost - least) < 1e-9 * (1 + least), `${cost} ${least}`);
  }
});
