/**
 * What the speed benchmarks measured: the schema of `bench.json`.
 *
 * @module
 */

import { z } from "zod";
import { formatCheckedJson, parseOwnJson } from "../checked_json.ts";
import { DataError } from "../errors.ts";

const seconds = z.number().nonnegative();
const version = z.record(z.string(), z.string());

/** What one process reports of its steps; printed by it as one line of JSON. */
export const measurementSchema = z.strictObject({
  seconds: z.array(seconds).min(1).describe("wall time of every timed step"),
  cpuSeconds: seconds.describe("CPU time of all threads, mean over the timed steps"),
  peakBytes: z.number().positive().describe("largest resident set of the process"),
  values: z.array(z.number()).min(1)
    .describe("losses of all steps, the warm-up's first; the first one is compared with peers"),
  images: z.number().int().positive().describe("images of one step"),
  versions: version.describe("versions of what was measured"),
  parts: z.record(z.string(), seconds).optional()
    .describe("wall time of a step by its parts, mean over the timed steps"),
  note: z.string().optional().describe("what the reader must know of this process"),
  memory: z.array(z.strictObject({ step: z.number().int(), bytes: z.number() })).optional()
    .describe("resident set after some of the steps, where it was asked for"),
});

const rangeSchema = z.strictObject({
  median: z.number(),
  low: z.number(),
  high: z.number(),
  pairs: z.array(z.number()).describe("one ratio for each alternating pair of runs"),
});

const peerSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  status: z.enum(["measured", "missing", "failed"]),
  reason: z.string().optional().describe("why there is no measurement, and the next step"),
  runs: z.array(measurementSchema),
  timeRatio: rangeSchema.nullable().describe("time of a step, ours / peer"),
  cpuRatio: rangeSchema.nullable().describe("CPU time of a step, ours / peer"),
  memoryRatio: rangeSchema.nullable().describe("peak memory, ours / peer"),
  valueDifference: z.number().nullable().describe("relative difference of the compared value"),
});

const caseSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  kind: z.string(),
  threads: z.number().int().positive(),
  layout: z.string().nullable(),
  target: z.strictObject({ peer: z.string(), timeRatio: z.number() }).nullable()
    .describe("largest ratio of time that is the target, ours / peer"),
  tolerance: z.number().nullable().describe("largest relative difference of the compared value"),
  status: z.enum(["measured", "skipped", "failed"]),
  reason: z.string().optional(),
  runs: z.array(measurementSchema),
  peers: z.array(peerSchema),
});

const kernelSchema = z.strictObject({
  operator: z.string(),
  shapes: z.string().describe("input shapes → output shapes"),
  calls: z.number().int(),
  milliseconds: z.number().describe("per step"),
  gigaflops: z.number().nullable().describe("arithmetic per step, where it is matrix products"),
});

const profileSchema = z.strictObject({
  name: z.string(),
  threads: z.number().int().positive(),
  layout: z.string(),
  steps: z.number().int().positive(),
  stepMilliseconds: z.number().describe("wall time of a step inside the runtime"),
  hostMilliseconds: z.number().optional()
    .describe("wall time of a step outside the runtime: feeds, update, work between graphs"),
  hostParts: z.record(z.string(), z.number()).optional()
    .describe("the host's work between graphs by its parts, milliseconds a step"),
  peakGigaflopsPerSecond: z.number()
    .describe("best matrix product of this machine at these threads, measured in the same process"),
  kernels: z.array(kernelSchema),
});

const longRunSchema = z.strictObject({
  student: z.string(),
  steps: z.number().int().positive(),
  seconds: z.number(),
  memory: z.array(z.strictObject({ step: z.number().int(), bytes: z.number() })),
  early: z.number().describe("median resident set of the second tenth, bytes"),
  late: z.number().describe("median resident set of the last tenth, bytes"),
  growth: z.number().describe("late / early − 1"),
  flat: z.boolean(),
});

/** The whole file. */
export const speedSchema = z.strictObject({
  schemaVersion: z.literal(1),
  project: z.strictObject({ name: z.string(), version: z.string() }),
  environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  settings: z.strictObject({
    cases: z.string(),
    threads: z.array(z.number().int().positive()),
    runs: z.number().int().positive(),
    layout: z.string(),
  }),
  loadBefore: z.number().nullable().describe("load average of the machine before the first run"),
  cases: z.array(caseSchema),
  profiles: z.array(profileSchema),
  longRun: longRunSchema.nullable(),
  warnings: z.array(z.string()),
  finished: z.boolean(),
});

/** The whole file as it is written: the checksum is its first line. */
export const writtenSpeedSchema = z.strictObject({
  checksum: z.string().describe("SHA-256 of every byte after the first line"),
  ...speedSchema.shape,
});

/** What one process measured. */
export type Measurement = z.infer<typeof measurementSchema>;
/** Median, least and greatest of the ratios of alternating pairs. */
export type RatioRange = z.infer<typeof rangeSchema>;
/** One peer of one case. */
export type PeerResult = z.infer<typeof peerSchema>;
/** One case at one number of threads. */
export type SpeedCaseResult = z.infer<typeof caseSchema>;
/** One kernel of a profile: all calls of an operator with the same shapes. */
export type KernelTime = z.infer<typeof kernelSchema>;
/** Where the time of a step goes. */
export type StepProfile = z.infer<typeof profileSchema>;
/** Memory over many steps. */
export type LongRun = z.infer<typeof longRunSchema>;
/** Everything that the speed benchmarks measured. */
export type SpeedFile = z.infer<typeof speedSchema>;

/** The text of `bench.json`, with a checksum over all of it. */
export function formatSpeedFile(file: SpeedFile): string {
  return formatCheckedJson(speedSchema.parse(file));
}

/**
 * Reads the text of a `bench.json`.
 *
 * @param path Named in errors.
 * @throws {DataError} where it is not one, or was changed after it was written.
 */
export function parseSpeedFile(text: string, path: string): SpeedFile {
  const checked = speedSchema.safeParse(parseOwnJson(text, path));
  if (checked.success) return checked.data;
  throw new DataError(`Cannot read ${path}: ${z.prettifyError(checked.error).slice(0, 500)}`);
}
