/**
 * Where the time of a training step goes: ONNX Runtime's kernel profile, added up by operator and
 * shapes.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../../core/errors.ts";
import type { KernelTime } from "../../core/results/speed_result.ts";

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

type Event = z.infer<typeof eventSchema>;

/** What a profile adds up to. */
export interface AddedKernels {
  /** Per step, the slowest first. */
  readonly kernels: KernelTime[];
  /** Mean wall time of a step inside the runtime. */
  readonly stepMilliseconds: number;
}

/**
 * The events of a profile, and its runs in their order.
 *
 * @param text The file that ONNX Runtime wrote.
 * @throws {DataError} when the file is not a profile.
 */
function readProfile(text: string): { events: Event[]; runs: Event[] } {
  let events: Event[];
  try {
    events = z.array(z.unknown()).parse(JSON.parse(text)).flatMap((event) => {
      const parsed = eventSchema.safeParse(event);
      return parsed.success ? [parsed.data] : [];
    });
  } catch (error) {
    throw new DataError("Cannot read the kernel profile: it is not a JSON list", { cause: error });
  }
  const runs = events.filter(({ name }) => name === "model_run").sort((a, b) => a.ts - b.ts);
  return { events, runs };
}

/** Adds up the kernels of the last runs of some profiles. */
function addKernels(
  profiles: readonly { readonly events: readonly Event[]; readonly counted: readonly Event[] }[],
  steps: number,
): AddedKernels {
  const kernels = new Map<string, KernelTime>();
  let milliseconds = 0;
  for (const { events, counted } of profiles) {
    const start = counted[0]?.ts ?? Infinity;
    milliseconds += counted.reduce((sum, { dur }) => sum + dur, 0) / 1000;
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
  }
  const perStep = [...kernels.values()].map((kernel) => ({
    ...kernel,
    calls: Math.round(kernel.calls / steps),
    milliseconds: kernel.milliseconds / steps,
    gigaflops: kernel.gigaflops === null ? null : kernel.gigaflops / steps,
  }));
  return {
    kernels: perStep.sort((a, b) => b.milliseconds - a.milliseconds),
    stepMilliseconds: milliseconds / steps,
  };
}

/**
 * Adds up the kernel profile of a session that runs once in each step.
 *
 * @param text The file that ONNX Runtime wrote.
 * @param steps The last so many runs are counted; the ones before are warm-up.
 * @throws {DataError} when the file is not a profile, or has fewer runs.
 */
export function aggregateProfile(text: string, steps: number): AddedKernels {
  const { events, runs } = readProfile(text);
  if (runs.length < steps) {
    throw new DataError(
      `Cannot read the kernel profile: it has ${runs.length} runs, expected ${steps}`,
    );
  }
  return addKernels([{ events, counted: runs.slice(-steps) }], steps);
}

/**
 * Adds up the kernel profiles of a step of several sessions. Each may run any number of times in a step,
 * about as often in every one: the last `steps` of all `warmUp + steps` parts of its runs are counted.
 *
 * @param texts The files that ONNX Runtime wrote, one for each session.
 * @throws {DataError} when a file is not a profile, or no session ran.
 */
export function aggregateProfiles(
  texts: readonly string[],
  { warmUp, steps }: { readonly warmUp: number; readonly steps: number },
): AddedKernels {
  const profiles = texts.map(readProfile).map(({ events, runs }) => {
    const count = Math.round(runs.length * steps / (warmUp + steps));
    return { events, counted: count === 0 ? [] : runs.slice(-count) };
  });
  if (profiles.every(({ counted }) => counted.length === 0)) {
    throw new DataError("Cannot read the kernel profiles: no session ran");
  }
  return addKernels(profiles, steps);
}
