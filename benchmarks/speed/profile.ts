/**
 * Where the time of a training step goes: ONNX Runtime's kernel profile, added up by operator and
 * shapes.
 *
 * @module
 */

import { z } from "zod";
import { floatTensor, Session, type SessionOptions } from "../../core/engine/session.ts";
import { DataError } from "../../core/errors.ts";
import type { Layout } from "../../core/nn/layout.ts";
import { matMul, slice } from "../../core/onnx/build.ts";
import { Graph } from "../../core/onnx/graph.ts";
import type { KernelTime } from "../../core/results/speed_result.ts";
import { Trainer } from "../../core/train/trainer.ts";
import type { SpeedCase } from "./cases.ts";
import {
  benchmarkImages,
  benchmarkSeed,
  benchmarkStep,
  benchmarkTeacher,
  learningRate,
} from "./inputs.ts";

/** Tensors of a kernel's input or output: `[{"float": [2, 3]}, …]`. */
const tensorsSchema = z.array(z.record(z.string(), z.array(z.number()))).catch([]);
const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  /** Microseconds. */
  dur: z.number(),
  /** Microseconds since the session began. */
  ts: z.number(),
  args: z.object({
    op_name: z.string().optional(),
    input_type_shape: tensorsSchema.optional(),
    output_type_shape: tensorsSchema.optional(),
  }).optional().catch(undefined),
});

type Shapes = readonly (readonly number[])[];

const size = (shape: readonly number[] | undefined) =>
  (shape ?? []).reduce((product, length) => product * length, 1);

/**
 * Floating-point operations of one call, 2 for each product and its sum; null for operators that
 * are not matrix products.
 *
 * @param inputs Shapes of the inputs.
 * @param output Shape of the first output.
 */
export function countOperations(
  operator: string,
  inputs: Shapes,
  output: readonly number[],
): number | null {
  const [first, second] = inputs;
  if (first === undefined || second === undefined) return null;
  switch (operator) {
    case "Conv":
    case "FusedConv":
      return 2 * size(output) * size(second.slice(1));
    case "ConvTranspose":
      return 2 * size(first) * size(second.slice(1));
    case "MatMul":
    case "FusedMatMul":
    case "Gemm": {
      // |A|·|B| / |A·B| is K², times the number of products where both factors are stacks.
      const stacks = size(output.slice(0, -2));
      const shared = first.length > 2 && second.length > 2 ? stacks : 1;
      const inner = Math.sqrt(size(first) * size(second) / size(output) / shared);
      return 2 * size(output) * inner;
    }
    default:
      return null;
  }
}

function shapesOf(tensors: z.infer<typeof tensorsSchema> | undefined): number[][] {
  return (tensors ?? []).flatMap((tensor) => Object.values(tensor));
}

/**
 * Adds up a kernel profile.
 *
 * @param text The file that ONNX Runtime wrote.
 * @param steps The last so many runs are counted; the ones before are warm-up.
 * @returns Kernels per step, the slowest first, and the mean wall time of a run.
 * @throws {DataError} when the file is not a profile, or has fewer runs.
 */
export function aggregateProfile(
  text: string,
  steps: number,
): { kernels: KernelTime[]; stepMilliseconds: number } {
  let events: z.infer<typeof eventSchema>[];
  try {
    events = z.array(z.unknown()).parse(JSON.parse(text)).flatMap((event) => {
      const parsed = eventSchema.safeParse(event);
      return parsed.success ? [parsed.data] : [];
    });
  } catch (error) {
    throw new DataError("Cannot read the kernel profile: it is not a JSON list", { cause: error });
  }
  const runs = events.filter(({ name }) => name === "model_run").sort((a, b) => a.ts - b.ts);
  if (runs.length < steps) {
    throw new DataError(
      `Cannot read the kernel profile: it has ${runs.length} runs, expected ${steps}`,
    );
  }
  const counted = runs.slice(-steps);
  const start = counted[0]!.ts;
  const kernels = new Map<string, KernelTime>();
  for (const { cat, name, dur, ts, args } of events) {
    if (cat !== "Node" || !name.endsWith("_kernel_time") || ts < start) continue;
    const operator = args?.op_name ?? "?";
    const inputs = shapesOf(args?.input_type_shape), outputs = shapesOf(args?.output_type_shape);
    const print = (shapes: Shapes) =>
      shapes.slice(0, 3).map((shape) => `[${shape.join(",")}]`).join(" ");
    const shapes = `${print(inputs)} → ${print(outputs.slice(0, 1))}`;
    const key = `${operator} ${shapes}`;
    const before = kernels.get(key);
    const operations = countOperations(operator, inputs, outputs[0] ?? []);
    kernels.set(key, {
      operator,
      shapes,
      calls: (before?.calls ?? 0) + 1,
      milliseconds: (before?.milliseconds ?? 0) + dur / 1000,
      gigaflops: operations === null ? null : (before?.gigaflops ?? 0) + operations / 1e9,
    });
  }
  const perStep = [...kernels.values()].map((kernel) => ({
    ...kernel,
    calls: Math.round(kernel.calls / steps),
    milliseconds: kernel.milliseconds / steps,
    gigaflops: kernel.gigaflops === null ? null : kernel.gigaflops / steps,
  }));
  return {
    kernels: perStep.sort((a, b) => b.milliseconds - a.milliseconds),
    stepMilliseconds: counted.reduce((sum, { dur }) => sum + dur, 0) / steps / 1000,
  };
}

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

/**
 * Runs a training step with the profiler on. The runtime writes the profile to a file whose name
 * begins with `session.profile`.
 *
 * @returns The machine's best matrix product in GFLOP/s, for comparison.
 */
export async function measureProfile(
  speedCase: SpeedCase,
  { layout, steps, session }: {
    layout: Layout;
    steps: number;
    session: SessionOptions & { readonly profile: string };
  },
): Promise<{ peakGigaflopsPerSecond: number }> {
  const { profile: _, ...plain } = session;
  const peakGigaflopsPerSecond = await measurePeak(plain);
  const trainer = await Trainer.create(await benchmarkStep(speedCase, layout), {
    seed: benchmarkSeed,
    session,
  });
  const feeds = {
    images: benchmarkImages(speedCase, layout),
    teacher: benchmarkTeacher(speedCase),
  };
  for (let step = 0; step < speedCase.warmUp + steps; step++) {
    await trainer.step(feeds, learningRate);
  }
  await trainer.release();
  return { peakGigaflopsPerSecond };
}
