/**
 * Runs training steps with ONNX Runtime's kernel profiler on.
 *
 * @module
 */

import { floatTensor, Session, type SessionOptions } from "../../core/engine/session.ts";
import { ConfigError } from "../../core/errors.ts";
import type { Layout } from "../../core/nn/layout.ts";
import { matMul, slice } from "../../core/onnx/build.ts";
import { Graph } from "../../core/onnx/graph.ts";
import type { SpeedCase } from "./cases.ts";
import { openDetectorSteps } from "./detector.ts";
import type { OpenedSteps } from "./opened_steps.ts";
import { openSegmenterSteps } from "./segmenter.ts";
import { openTrainingSteps } from "./training_step.ts";

/** GFLOP/s of the best of some products of 1024 × 1024 matrices. */
async function measurePeak(session: SessionOptions): Promise<number> {
  const length = 1024;
  const graph = new Graph("matrix product");
  const shape = [length, length];
  const a = graph.input("a", "float32", shape), b = graph.input("b", "float32", shape);
  // One number of the product, so that nothing long is copied out of the runtime.
  const product = matMul(graph, matMul(graph, a, b), b);
  graph.output("number", slice(graph, product, [0, 1].map((axis) => ({ axis, start: 0, end: 1 }))));
  const loaded = await Session.create(graph, session);
  const tensor = floatTensor(new Float32Array(length * length).fill(0.5), shape);
  let best = Infinity;
  for (let run = 0; run < 20; run++) {
    const started = performance.now();
    await loaded.run({ a: tensor, b: tensor });
    best = Math.min(best, (performance.now() - started) / 1000);
  }
  await loaded.release();
  return 2 * 2 * length ** 3 / best / 1e9;
}

/** How the steps of a case run. */
export interface OpenStepsOptions {
  readonly layout: Layout;
  readonly session: SessionOptions;
}

const openers: Partial<
  Record<
    SpeedCase["kind"],
    (speedCase: SpeedCase, options: OpenStepsOptions) => Promise<OpenedSteps>
  >
> = { training: openTrainingSteps, segmenter: openSegmenterSteps, detector: openDetectorSteps };

/** Whether the steps of a case can be profiled. */
export function isProfiled({ kind }: SpeedCase): boolean {
  return openers[kind] !== undefined;
}

/** The message for a case that cannot be profiled. */
export function notProfiled({ name, kind }: SpeedCase): string {
  return `--profile ${name}: expected a training step (${
    Object.keys(openers).join(", ")
  }), got ${kind}`;
}

/** What a profiled process says besides the files that the runtime wrote. */
export interface ProfiledSteps {
  /** The machine's best matrix product, for comparison. */
  readonly peakGigaflopsPerSecond: number;
  /** Mean wall time of a step, the host's work included. */
  readonly wallMilliseconds: number;
  /** The host's work by its parts, milliseconds a step, where the step tells of them. */
  readonly hostParts: Readonly<Record<string, number>>;
}

/**
 * Runs the warm-up of a case and some steps with the profiler on. The runtime writes a profile for each
 * session, to files whose names begin with `session.profile`.
 *
 * @throws {ConfigError} when the case is not a training step.
 */
export async function measureProfile(
  speedCase: SpeedCase,
  { layout, steps, session }: {
    layout: Layout;
    steps: number;
    session: SessionOptions & { readonly profile: string };
  },
): Promise<ProfiledSteps> {
  const open = openers[speedCase.kind];
  if (!open) throw new ConfigError(notProfiled(speedCase));
  const { profile: _, ...plain } = session;
  const peakGigaflopsPerSecond = await measurePeak(plain);
  const opened = await open(speedCase, { layout, session });
  for (let step = 0; step < speedCase.warmUp; step++) await opened.step();
  const before = { ...opened.hostParts };
  const started = performance.now();
  for (let step = 0; step < steps; step++) await opened.step();
  const wallMilliseconds = (performance.now() - started) / steps;
  const hostParts = Object.fromEntries(
    Object.entries(opened.hostParts).map((
      [part, sum],
    ) => [part, (sum - (before[part] ?? 0)) / steps]),
  );
  await opened.release();
  return { peakGigaflopsPerSecond, wallMilliseconds, hostParts };
}
