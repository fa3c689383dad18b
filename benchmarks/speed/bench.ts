/**
 * The speed benchmarks: our side and a peer in turns, each measurement in a process of its own.
 *
 * @module
 */

import { loadavg } from "node:os";
import { join } from "node:path";
import { LgdBenchError } from "../../core/errors.ts";
import { writeFileAtomic } from "../../core/files.ts";
import type { Layout } from "../../core/nn/layout.ts";
import { readEnvironment, readProject } from "../../core/run/environment.ts";
import {
  type LongRun,
  type Measurement,
  measurementSchema,
  type PeerResult,
  type SpeedCaseResult,
  type SpeedFile,
  speedSchema,
} from "../../core/run/speed_result.ts";
import { median } from "../../core/run/statistics.ts";
import { students } from "../../students/registry.ts";
import { chooseCases, type SpeedCase } from "./cases.ts";
import { writePeerInputs } from "./inputs.ts";
import type { MeasureRequest } from "./measure.ts";
import { listPeers, type Peer, probePeer } from "./peers.ts";
import { withPhotographs } from "./photographs.ts";
import { ownProcess, runProcess } from "./processes.ts";
import { runProfile } from "./run_profile.ts";
import { writeConvolutionInputs } from "./small_convolution.ts";
import { ratioOfPairs, secondsPerImage, summarizeMemory, valueDifference } from "./statistics.ts";
import { longRunStudent } from "./training_step.ts";

/** What is measured, and how often. */
export interface BenchOptions {
  /** Glob over the names of cases. */
  readonly cases: string;
  readonly threads: readonly number[];
  /** Processes of each side. */
  readonly runs: number;
  /** "auto" measures both on one step and keeps the faster. */
  readonly layout: Layout | "auto";
  /** Python interpreter of the peers. */
  readonly python: string;
  /** Folder of `bench.json` and of temporary files. */
  readonly folder: string;
  /** Name of a case whose kernels are profiled instead; none where absent. */
  readonly profile?: string;
  /** Steps of the run that watches memory, instead; none where absent. */
  readonly longSteps?: number;
  readonly onProgress: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** Load average above which the machine counts as busy. */
const busyLoad = 0.5;

/** Runs one of our own measuring processes. */
async function measureOurs(
  request: Extract<MeasureRequest, { task: "case" | "long" }>,
  options: BenchOptions,
): Promise<Measurement> {
  const source = request.task === "case" ? request.name : "the long run";
  return await runProcess(
    ownProcess("benchmarks/speed/measure.ts", [JSON.stringify(request)]),
    measurementSchema,
    { source, ...(options.signal ? { signal: options.signal } : {}) },
  );
}

/** The layout to measure: as asked for, or the one whose short run is faster. */
async function chooseLayout(
  speedCase: SpeedCase,
  threads: number,
  options: BenchOptions,
): Promise<Layout> {
  if (speedCase.kind === "teacher" || speedCase.kind === "pipeline") return "chwn";
  if (options.layout !== "auto") return options.layout;
  let best: { layout: Layout; seconds: number } | undefined;
  for (const layout of ["chwn", "nchw"] as const) {
    options.onProgress(`${speedCase.title}, ${threads} threads: trying layout ${layout}`);
    const { seconds } = await measureOurs(
      { task: "case", name: speedCase.name, threads, layout, warmUp: 1, steps: 1 },
      options,
    );
    if (best === undefined || seconds[0]! < best.seconds) best = { layout, seconds: seconds[0]! };
  }
  return best!.layout;
}

/** Why a case cannot be measured in this project, or undefined. */
function reasonToSkip({ kind, model }: SpeedCase): string | undefined {
  if ((kind === "training" || kind === "evaluation") && !students.names().includes(model!)) {
    return `there is no student "${model}"`;
  }
  return undefined;
}

/** Writes what the peer of a case reads and hands its path to `use`. */
async function withPeerInputs<T>(
  speedCase: SpeedCase,
  folder: string,
  use: (file: string) => Promise<T>,
): Promise<T> {
  if (speedCase.kind === "pipeline") return await withPhotographs(folder, use);
  const file = join(folder, `${speedCase.name}.safetensors`);
  if (!speedCase.peer) return await use(file);
  if (speedCase.kind === "convolution") await writeConvolutionInputs(speedCase, file);
  else await writePeerInputs(speedCase, file);
  try {
    return await use(file);
  } finally {
    await Deno.remove(file).catch(() => {});
  }
}

async function measureCase(
  speedCase: SpeedCase,
  threads: number,
  { options, peer, missing }: {
    options: BenchOptions;
    peer: Peer | undefined;
    /** Why the peer cannot be measured. */
    missing: string | undefined;
  },
): Promise<SpeedCaseResult> {
  const { name, title, kind, tolerance } = speedCase;
  const result: SpeedCaseResult = {
    name,
    title,
    kind,
    threads,
    layout: null,
    target: typeof speedCase.peer?.wantedRatio === "number"
      ? { peer: speedCase.peer.name, timeRatio: speedCase.peer.wantedRatio }
      : null,
    tolerance,
    status: "measured",
    runs: [],
    peers: [],
  };
  const skip = reasonToSkip(speedCase);
  if (skip !== undefined) return { ...result, status: "skipped", reason: skip };
  const theirs: PeerResult | undefined = peer && {
    name: peer.name,
    title: peer.title,
    status: missing === undefined ? "measured" : "missing",
    ...(missing === undefined ? {} : { reason: missing }),
    runs: [],
    timeRatio: null,
    cpuRatio: null,
    memoryRatio: null,
    valueDifference: null,
  };
  if (theirs) result.peers.push(theirs);
  try {
    const layout = await chooseLayout(speedCase, threads, options);
    if (kind !== "pipeline" && kind !== "teacher") result.layout = layout;
    await withPeerInputs(speedCase, options.folder, async (file) => {
      for (let run = 1; run <= options.runs; run++) {
        const place = `${title}, ${threads} ${threads === 1 ? "thread" : "threads"}, run ${run}`;
        options.onProgress(`${place}: ours`);
        result.runs.push(
          kind === "pipeline"
            ? await measurePipeline(speedCase, threads, file, options)
            : await measureOurs({ task: "case", name, threads, layout }, options),
        );
        if (!peer || theirs?.status !== "measured") continue;
        options.onProgress(`${place}: ${peer.title}`);
        try {
          theirs.runs.push(
            await runProcess(peer.measure({ speedCase, threads, file }), measurementSchema, {
              source: peer.title,
              ...(options.signal ? { signal: options.signal } : {}),
            }),
          );
        } catch (error) {
          options.signal?.throwIfAborted();
          theirs.status = "failed";
          theirs.reason = (error as Error).message;
        }
      }
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof LgdBenchError)) throw error;
    return { ...result, status: "failed", reason: error.message };
  }
  if (theirs) {
    theirs.timeRatio = ratioOfPairs(result.runs, theirs.runs, secondsPerImage);
    theirs.cpuRatio = ratioOfPairs(
      result.runs,
      theirs.runs,
      ({ cpuSeconds, images }) => cpuSeconds / images,
    );
    theirs.memoryRatio = ratioOfPairs(result.runs, theirs.runs, (run) => run.peakBytes);
    if (tolerance !== null) theirs.valueDifference = valueDifference(result.runs, theirs.runs);
  }
  return result;
}

/** Our own input pipeline on a folder of photographs. */
async function measurePipeline(
  { imageSize, batchSize, warmUp, steps }: SpeedCase,
  threads: number,
  folder: string,
  { signal }: BenchOptions,
): Promise<Measurement> {
  const request = { folder, imageSize, batchSize, threads, warmUp, steps };
  return await runProcess(
    ownProcess("benchmarks/speed/pipeline.ts", [JSON.stringify(request)]),
    measurementSchema,
    { source: "the input pipeline", ...(signal ? { signal } : {}) },
  );
}

async function measureLong(options: BenchOptions, steps: number): Promise<LongRun> {
  const layout = options.layout === "auto" ? "chwn" : options.layout;
  const threads = options.threads[0]!;
  options.onProgress(`${steps} steps of ${longRunStudent}: memory`);
  const measurement = await measureOurs({ task: "long", steps, threads, layout }, options);
  return summarizeMemory(longRunStudent, measurement);
}

/** What the reader must know of the numbers, from the numbers themselves. */
function findWarnings(cases: readonly SpeedCaseResult[]): string[] {
  const warnings: string[] = [];
  for (const { title, threads, runs, peers, tolerance, status, reason } of cases) {
    const place = `${title}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
    if (status !== "measured") warnings.push(`${place}: ${status}: ${reason}`);
    for (const peer of peers) {
      if (peer.status !== "measured") {
        warnings.push(`${place}: ${peer.title} was not measured: ${peer.reason}`);
      }
      const difference = peer.valueDifference;
      if (difference !== null && tolerance !== null && !(difference <= tolerance)) {
        warnings.push(
          `${place}: we and ${peer.title} compute different values (relative difference ` +
            `${difference.toExponential(1)}, allowed ${tolerance}): the times do not compare`,
        );
      }
    }
    const medians = runs.map(({ seconds }) => median(seconds));
    if (medians.length > 1 && Math.max(...medians) > 1.25 * Math.min(...medians)) {
      warnings.push(`${place}: our runs differ by more than a quarter: the machine was not quiet`);
    }
  }
  return [...new Set(warnings)];
}

/**
 * Measures everything that is asked for and writes `bench.json` after every case.
 *
 * @throws {ConfigError} when no case fits.
 */
export async function runBench(options: BenchOptions): Promise<SpeedFile> {
  const onlyExtras = options.profile !== undefined || options.longSteps !== undefined;
  const cases = onlyExtras ? [] : chooseCases(options.cases);
  const loadBefore = Deno.build.os === "windows" ? null : loadavg()[0]!;
  const file: SpeedFile = {
    schemaVersion: 1,
    project: await readProject(),
    environment: { ...await readEnvironment() },
    settings: {
      cases: options.cases,
      threads: [...options.threads],
      runs: options.runs,
      layout: options.layout,
    },
    loadBefore,
    cases: [],
    profiles: [],
    longRun: null,
    warnings: [],
    finished: false,
  };
  const machineWarnings = loadBefore !== null && loadBefore > busyLoad
    ? [`The machine was busy before the first run (load average ${loadBefore.toFixed(2)})`]
    : [];
  const save = async () => {
    file.warnings = [...machineWarnings, ...findWarnings(file.cases)];
    await writeFileAtomic(join(options.folder, "bench.json"), formatSpeedFile(file));
  };

  const peers = listPeers(options.python);
  const missing = new Map<string, string | undefined>();
  for (const peer of peers) {
    if (!cases.some((speedCase) => speedCase.peer?.name === peer.name)) continue;
    const probe = await probePeer(peer, options.signal);
    missing.set(peer.name, "missing" in probe ? probe.missing : undefined);
    options.onProgress(
      "missing" in probe
        ? `SKIPPED PEER ${peer.title}: ${probe.missing}`
        : `${peer.title}: ${Object.entries(probe.versions).map((entry) => entry.join(" "))}`,
    );
  }
  for (const speedCase of cases) {
    const peer = peers.find(({ name }) => name === speedCase.peer?.name);
    for (const threads of options.threads) {
      const result = await measureCase(speedCase, threads, {
        options,
        peer,
        missing: peer && missing.get(peer.name),
      });
      if (result.status !== "measured") {
        options.onProgress(`${result.status.toUpperCase()} ${result.title}: ${result.reason}`);
      }
      file.cases.push(result);
      await save();
    }
  }
  if (options.profile !== undefined) {
    for (const threads of options.threads) {
      file.profiles.push(
        await runProfile({ ...options, name: options.profile, threads, steps: 3 }),
      );
    }
  }
  if (options.longSteps !== undefined) {
    file.longRun = await measureLong(options, options.longSteps);
  }
  file.finished = true;
  await save();
  return file;
}

/** The text of `bench.json`. */
export function formatSpeedFile(file: SpeedFile): string {
  return JSON.stringify(speedSchema.parse(file), null, 1) + "\n";
}
