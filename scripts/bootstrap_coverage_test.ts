import assert from "node:assert/strict";
import { simulateCoverage } from "./bootstrap_coverage.ts";

const options = { trials: 1000, icons: 300, views: 4, seeds: 1, seedDeviation: 0, resamples: 400 };

Deno.test("intervals of accuracies and paired differences hold the true value in 95 ± 1 %", () => {
  const found = simulateCoverage(options);
  for (const [name, { share, ci95: [low, high] }] of Object.entries(found)) {
    // The simulation has an error of its own: its interval must reach 94 to 96 %.
    assert.ok(low <= 0.96 && high >= 0.94, `${name}: ${share}`);
    assert.ok(Math.abs(share - 0.95) < 0.015, `${name}: ${share}`);
  }
});

Deno.test("intervals that do not know of the spread between trainings hold it too seldom", () => {
  const spread = { ...options, trials: 300, seedDeviation: 0.05 };
  assert.ok(simulateCoverage(spread).accuracy.share < 0.9);
});
