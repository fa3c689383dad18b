/**
 * Values of files that several parsers are tried with.
 *
 * @module
 */

import type { SpeedFile } from "../../core/results/speed_result.ts";

/** What a `manifest.json` holds. */
export const manifestValue: Readonly<Record<string, unknown>> = {
  schemaVersion: 2,
  kind: "table",
  project: { name: "lgd-bench", version: "0.1.0" },
  table: "t",
  size: "smoke",
  configHash: "a".repeat(64),
  config: { protocol: { rows: [1, 2], lengths: { short: 4 } } },
  environment: { cores: 2, gpu: null },
  createdAt: "2026-01-01T00:00:00.000Z",
  firstSession: "1",
};

/** What a `bench.json` holds. */
export const speedValue: SpeedFile = {
  schemaVersion: 1,
  project: { name: "lgd-bench", version: "0.1.0" },
  environment: { cores: 2 },
  settings: { cases: "*", threads: [1, 2], runs: 3, layout: "auto" },
  loadBefore: 0.25,
  cases: [],
  profiles: [],
  longRun: null,
  warnings: ["busy"],
  finished: true,
};
