import assert from "node:assert/strict";
import { join } from "node:path";
import { median, quantile } from "./quantile.ts";

// Made by testdata/make_statistics_reference.py with NumPy.
const { quantiles } = JSON.parse(
  await Deno.readTextFile(join(import.meta.dirname!, "testdata", "statistics_reference.json")),
) as { quantiles: { values: number[]; probability: number; value: number }[] };

Deno.test("quantile and median equal NumPy", () => {
  for (const { values, probability, value } of quantiles) {
    const actual = quantile(values, probability);
    assert.ok(Math.abs(actual - value) <= 1e-12, `${actual} is not near ${value}`);
  }
  assert.equal(median([5, 1, 4, 2]), 3);
  assert.throws(() => quantile([], 0.5), RangeError);
  assert.throws(() => quantile([1], 1.5), RangeError);
  assert.throws(() => quantile([1, NaN], 0.5), RangeError);
});
