/**
 * Profiles the kernels of a training step in a process of its own.
 *
 * @module
 */

import { join } from "node:path";
import { z } from "zod";
import { ConfigError, DataError } from "../../core/errors.ts";
import type { Layout } from "../../core/nn/layout.ts";
import type { StepProfile } from "../../core/results/speed_result.ts";
import { getCase } from "./cases.ts";
import type { MeasureRequest } from "./measure.ts";
import { ownProcess, runProcess } from "./processes.ts";
import { aggregateProfile } from "./profile.ts";

const answerSchema = z.strictObject({ peakGigaflopsPerSecond: z.number().positive() });

/** What is profiled. */
export interface RunProfileOptions {
  /** Name of a training case. */
  readonly name: string;
  readonly threads: number;
  readonly layout: Layout | "auto";
  /** Steps that are counted, after the warm-up. */
  readonly steps: number;
  /** Folder of the runtime's own file, which is removed. */
  readonly folder: string;
  readonly onProgress: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Profiles a step.
 *
 * @throws {ConfigError} when the case is not a training step.
 * @throws {DataError} when the runtime wrote no profile.
 */
export async function runProfile(options: RunProfileOptions): Promise<StepProfile> {
  const { threads, steps, onProgress, signal } = options;
  const { name, title, kind } = getCase(options.name);
  if (kind !== "training") {
    throw new ConfigError(`--profile ${name}: only training steps are profiled, this is ${kind}`);
  }
  const layout = options.layout === "auto" ? "chwn" : options.layout;
  onProgress(`${title}, threads: ${threads}, layout ${layout}: kernel profile`);
  await Deno.mkdir(options.folder, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: options.folder, prefix: "profile-" });
  try {
    const request: MeasureRequest = {
      task: "profile",
      name,
      threads,
      layout,
      steps,
      prefix: join(folder, "kernels"),
    };
    const { peakGigaflopsPerSecond } = await runProcess(
      ownProcess("benchmarks/speed/measure.ts", [JSON.stringify(request)]),
      answerSchema,
      { source: `the profile of ${name}`, ...(signal ? { signal } : {}) },
    );
    const files = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".json"));
    if (files.length === 0) {
      throw new DataError(`The profile of ${name} is missing: the runtime wrote none to ${folder}`);
    }
    const text = await Deno.readTextFile(join(folder, files[0]!.name));
    const { kernels, stepMilliseconds } = aggregateProfile(text, steps);
    return { name, threads, layout, steps, stepMilliseconds, peakGigaflopsPerSecond, kernels };
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}
