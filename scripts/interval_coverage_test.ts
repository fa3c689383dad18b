import assert from "node:assert/strict";
import { simulateCoverage } from "./interval_coverage.ts";

const options = {
  trials: 1000,
  samples: 300,
  views: 4,
  seeds: 1,
  accuracy: 0.6,
  seedDeviation: 0,
};

/** All of them: with one seed, with few that differ or do not, and near the end of the scale. */
const places = [
  {},
  { samples: 100, accuracy: 0.9 },
  { seeds: 3 },
  { seeds: 3, seedDeviation: 0.01 },
  { seeds: 3, seedDeviation: 0.03 },
  { seeds: 5, seedDeviation: 0.03, samples: 100, accuracy: 0.3 },
];

Deno.test("intervals of accuracies and paired differences hold the true value in 95 ± 1 %", () => {
  for (const place of places) {
    const found = simulateCoverage({ ...options, ...place });
    for (const [name, { share, ci95: [low, high] }] of Object.entries(found)) {
      const message = `${name} of ${JSON.stringify(place)}: ${share}`;
      // The simulation has an error of its own: its interval must reach 94 to 96 %.
      assert.ok(low <= 0.96 && high >= 0.94, message);
      // Rather too wide than too narrow: with three seeds 95.8 % are expected in the middle of shares.
      assert.ok(share > 0.937 && share < 0.97, message);
    }
  }
});

Deno.test("intervals that do not know of the spread between trainings hold it too seldom", () => {
  const spread = { ...options, trials: 300, seedDeviation: 0.05, truth: "trainings" } as const;
  assert.ok(simulateCoverage(spread).accuracy.share < 0.9);
});
