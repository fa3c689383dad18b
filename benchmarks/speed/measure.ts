/**
 * The process that measures our side of one case: a request as JSON in the first argument, a
 * measurement as one line of JSON on standard output. A process of its own for every measurement,
 * so that peak memory and threads are those of one case.
 *
 * @module
 */

import { printJson } from "../../core/output.ts";
import { z } from "zod";
import { ConfigError } from "../../core/errors.ts";
import type { Measurement } from "../../core/results/speed_result.ts";
import { getCase } from "./cases.ts";
import { measureDetector } from "./detector.ts";
import { measureSegmenter } from "./segmenter.ts";
import { measureEvaluation, measureTeacher } from "./inference.ts";
import { measureProfile } from "./measure_profile.ts";
import { measureConvolution } from "./small_convolution.ts";
import { measureLongRun, measureTraining } from "./training_step.ts";

/** What a process is asked to measure. */
export const requestSchema = z.discriminatedUnion("task", [
  z.strictObject({
    task: z.literal("case"),
    name: z.string(),
    threads: z.number().int().positive(),
    layout: z.enum(["nchw", "chwn"]),
    warmUp: z.number().int().nonnegative().optional(),
    steps: z.number().int().positive().optional(),
  }),
  z.strictObject({
    task: z.literal("profile"),
    name: z.string(),
    threads: z.number().int().positive(),
    layout: z.enum(["nchw", "chwn"]),
    steps: z.number().int().positive(),
    prefix: z.string().describe("path before the runtime's file name"),
  }),
  z.strictObject({
    task: z.literal("long"),
    steps: z.number().int().positive(),
    threads: z.number().int().positive(),
    layout: z.enum(["nchw", "chwn"]),
  }),
]);

/** What a process is asked to measure. */
export type MeasureRequest = z.infer<typeof requestSchema>;

async function measureCase(
  request: Extract<MeasureRequest, { task: "case" }>,
): Promise<Measurement> {
  const { name, threads, layout, warmUp, steps } = request;
  const known = getCase(name);
  const speedCase = { ...known, warmUp: warmUp ?? known.warmUp, steps: steps ?? known.steps };
  const options = { layout, session: { threads } };
  switch (speedCase.kind) {
    case "training":
      return await measureTraining(speedCase, options);
    case "evaluation":
      return await measureEvaluation(speedCase, options);
    case "teacher":
      return await measureTeacher(speedCase, options);
    case "pipeline":
    case "epoch":
      throw new ConfigError(
        `Case ${name} has a script of its own: benchmarks/speed/${speedCase.kind}.ts`,
      );
    case "detector":
      return await measureDetector(speedCase, options);
    case "segmenter":
      return await measureSegmenter(speedCase, options);
    case "convolution":
      return await measureConvolution(speedCase, options);
  }
}

/** Does what is asked. */
export async function measure(request: MeasureRequest): Promise<unknown> {
  const { threads, layout } = request;
  switch (request.task) {
    case "case":
      return await measureCase(request);
    case "profile":
      return await measureProfile(getCase(request.name), {
        layout,
        steps: request.steps,
        session: { threads, profile: request.prefix },
      });
    case "long":
      return await measureLongRun({ steps: request.steps, layout, session: { threads } });
  }
}

if (import.meta.main) {
  const request = requestSchema.parse(JSON.parse(Deno.args[0] ?? "null"));
  printJson(await measure(request), { indent: 0 });
  // Sessions and Workers have ended; the runtime's own threads must not hold the process.
  Deno.exit(0);
}
