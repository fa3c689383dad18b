/**
 * Evidence, metrics, intervals and result files.
 *
 * @example An interval and a paired difference
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   accuracy,
 *   accuracyEvidence,
 *   metricDifference,
 *   metricInterval,
 * } from "@lgd-bench/lgd-bench/results";
 *
 * // Of four images, each seen in two views, how many views were right; one entry for each seed.
 * const images = ["a", "b", "c", "d"];
 * const base = [accuracyEvidence(images, [2, 1, 0, 1], 2)];
 * const other = [accuracyEvidence(images, [2, 2, 1, 1], 2)];
 * const { value, ci95 } = metricInterval(accuracy, base);
 * assert.equal(value, 50);
 * assert.ok(ci95[0] < value && value < ci95[1]);
 * assert.equal(metricDifference(accuracy, base, other).difference, 25);
 * ```
 *
 * @module
 */

export {
  type Figure,
  figureLimits,
  type Figures,
  type FigureScene,
  figuresFileName,
  type FigureShape,
  formatFigures,
  parseFigures,
  type ResultFigures,
} from "./figures.ts";
export { aggregate, type TableInput } from "./aggregate.ts";
export type { ClaimPart, ClaimVerdict, ResultClaim } from "./claim.ts";
export { type ContrastTerm, type MetricContrast, metricContrast } from "./contrast.ts";
export {
  type Evidence,
  evidenceColumn,
  type EvidenceTable,
  findEvidenceProblem,
  validateEvidence,
} from "./evidence.ts";
export {
  decodeEvidence,
  decodeSplitEvidence,
  encodeEvidence,
  encodeSplitEvidence,
} from "./evidence_file.ts";
export { type Disagreement, mcnemarAsymptotic, mcnemarExact } from "./mcnemar.ts";
export {
  accuracy,
  accuracyEvidence,
  type Metric,
  onePerSample,
  type SampleMean,
  sampleMeanMetric,
} from "./metric.ts";
export { type PairedTest, pairedTest } from "./paired_samples.ts";
export { median, quantile } from "./quantile.ts";
export type {
  ImageCount,
  LeftOut,
  LossCurve,
  ResultCell,
  ResultColumn,
  ResultComparison,
  ResultCosts,
  ResultFile,
  ResultMetric,
  ResultRow,
  ResultSource,
  ResultSplit,
  RowCost,
} from "./result.ts";
export { formatResult, parseResult } from "./result_schema.ts";
export {
  type BootstrapOptions,
  type IntervalError,
  type MetricDifference,
  metricDifference,
  type MetricInterval,
  metricInterval,
} from "./statistics.ts";
export type {
  ResultSweep,
  SweepDifference,
  SweepDifferencePoint,
  SweepPoint,
  SweepSeries,
  SweepTrend,
} from "./sweeps.ts";
export { wilsonInterval } from "./wilson.ts";
