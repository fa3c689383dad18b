/**
 * Measures one case: our side and a peer in turns.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { LgdBenchError } from "../../core/errors.ts";
import type { Layout } from "../../core/nn/layout.ts";
import {
  type Measurement,
  measurementSchema,
  type PeerResult,
  type SpeedCaseResult,
} from "../../core/results/speed_result.ts";
import { students } from "../../students/registry.ts";
import type { SpeedCase } from "./cases.ts";
import { writeDetectorInputs } from "./detector.ts";
import { writeSegmenterInputs } from "./segmenter.ts";
import type { EpochRequest } from "./epoch.ts";
import { writePeerInputs } from "./inputs.ts";
import type { MeasureRequest } from "./measure.ts";
import type { Peer } from "./peers.ts";
import { withPhotographs } from "./photographs.ts";
import { ownProcess, runProcess } from "./processes.ts";
import { writeConvolutionInputs } from "./small_convolution.ts";
import { ratioOfPairs, secondsPerImage, valueDifference } from "./statistics.ts";

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

/** A case at a number of threads, for messages. */
export function placeOf({ title, threads }: { title: string; threads: number }): string {
  return `${title}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
}

/** Runs one of our own measuring processes. */
export async function measureOurs(
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
  if (["teacher", "pipeline", "epoch"].includes(speedCase.kind)) return "chwn";
  if (options.layout !== "auto") return options.layout;
  if (speedCase.replicas !== undefined) return "chwn";
  let best: { layout: Layout; seconds: number } | undefined;
  for (const layout of ["chwn", "nchw"] as const) {
    options.onProgress(`${placeOf({ ...speedCase, threads })}: trying layout ${layout}`);
    const { seconds } = await measureOurs(
      { task: "case", name: speedCase.name, threads, layout, warmUp: 2, steps: 1 },
      options,
    );
    if (best === undefined || seconds[0]! < best.seconds) best = { layout, seconds: seconds[0]! };
  }
  return best!.layout;
}

/** Whether a peer is faster with the channels last; false where it has no choice. */
async function chooseChannelsLast(
  peer: Peer,
  { speedCase, threads, file }: { speedCase: SpeedCase; threads: number; file: string },
  options: BenchOptions,
): Promise<boolean> {
  if (!peer.formats) return false;
  // An epoch is long enough by itself.
  const epoch = speedCase.kind === "epoch";
  const short = epoch ? speedCase : { ...speedCase, warmUp: 2, steps: 3 };
  const least = new Map<boolean, number>([[false, Infinity], [true, Infinity]]);
  // In turns, twice, the quickest step of each: a busy moment must not choose the slower one.
  for (const channelsLast of epoch ? [false, true] : [false, true, false, true]) {
    const place = placeOf({ ...speedCase, threads });
    options.onProgress(
      `${place}: ${peer.title}, trying ${channelsLast ? "channels last" : "its usual order"}`,
    );
    const trial = await runProcess(
      peer.measure({ speedCase: short, threads, file, channelsLast }),
      measurementSchema,
      { source: peer.title, ...(options.signal ? { signal: options.signal } : {}) },
    );
    least.set(channelsLast, Math.min(least.get(channelsLast)!, ...trial.seconds));
  }
  return least.get(true)! < least.get(false)!;
}

/** Why a case cannot be measured in this project, or undefined. */
function reasonToSkip({ kind, model }: SpeedCase): string | undefined {
  if (
    ["training", "evaluation", "detector", "segmenter"].includes(kind) &&
    !students.names().includes(model!)
  ) {
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
  if (speedCase.kind === "pipeline" || speedCase.kind === "epoch") {
    return await withPhotographs(folder, use);
  }
  const file = join(folder, `${speedCase.name}.safetensors`);
  if (!speedCase.peer) return await use(file);
  if (speedCase.kind === "detector") await writeDetectorInputs(speedCase, file);
  else if (speedCase.kind === "segmenter") await writeSegmenterInputs(speedCase, file);
  else if (speedCase.kind === "convolution") await writeConvolutionInputs(speedCase, file);
  else await writePeerInputs(speedCase, file);
  try {
    return await use(file);
  } finally {
    await Deno.remove(file).catch(() => {});
  }
}

/**
 * Measures a case at a number of threads: our side and its peer in turns. A failure of either is a
 * result, not an error.
 */
export async function measureCase(
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
    target: typeof speedCase.peer?.targetRatio === "number"
      ? { peer: speedCase.peer.name, timeRatio: speedCase.peer.targetRatio }
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
      const channelsLast = peer && theirs?.status === "measured" &&
        await chooseChannelsLast(peer, { speedCase, threads, file }, options).catch(() => {
          // The measurement itself says what is wrong.
          options.signal?.throwIfAborted();
          return false;
        });
      for (let run = 1; run <= options.runs; run++) {
        const place = `${placeOf({ title, threads })}, run ${run}`;
        options.onProgress(`${place}: ours`);
        result.runs.push(
          kind === "pipeline" || kind === "epoch"
            ? await measureFolder(speedCase, threads, file, options)
            : await measureOurs({ task: "case", name, threads, layout }, options),
        );
        if (!peer || theirs?.status !== "measured") continue;
        options.onProgress(`${place}: ${peer.title}`);
        try {
          theirs.runs.push(
            await runProcess(
              peer.measure({
                speedCase,
                threads,
                file,
                channelsLast: channelsLast === true,
              }),
              measurementSchema,
              {
                source: peer.title,
                ...(options.signal ? { signal: options.signal } : {}),
              },
            ),
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

/** Our own input pipeline, or a whole epoch, on a folder of photographs. */
async function measureFolder(
  { kind, name, title, imageSize, batchSize, warmUp, steps }: SpeedCase,
  threads: number,
  folder: string,
  { signal }: BenchOptions,
): Promise<Measurement> {
  const request = kind === "epoch"
    ? { name, folder, threads, warmUp, steps } satisfies EpochRequest
    : { folder, imageSize, batchSize, threads, warmUp, steps };
  return await runProcess(
    // An epoch writes its weights, beside the photographs.
    ownProcess(`benchmarks/speed/${kind}.ts`, [JSON.stringify(request)], {
      writable: dirname(folder),
    }),
    measurementSchema,
    { source: title, ...(signal ? { signal } : {}) },
  );
}
