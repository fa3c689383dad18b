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
import { isProfiled, notProfiled } from "./measure_profile.ts";
import { ownProcess, runProcess } from "./processes.ts";
import { aggregateProfiles } from "./profile.ts";

const answerSchema = z.strictObject({
  peakGigaflopsPerSecond: z.number().positive(),
  wallMilliseconds: z.number().positive(),
  hostParts: z.record(z.string(), z.number().nonnegative()),
});

/** What is profiled. */
export interface RunProfileOptions {
  /** Name of a case that trains: a student, a segmenter or a detector. */
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
  const speedCase = getCase(options.name);
  if (!isProfiled(speedCase)) throw new ConfigError(notProfiled(speedCase));
  const { name, title, warmUp } = speedCase;
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
    const { peakGigaflopsPerSecond, wallMilliseconds, hostParts } = await runProcess(
      ownProcess("benchmarks/speed/measure.ts", [JSON.stringify(request)]),
      answerSchema,
      { source: `the profile of ${name}`, ...(signal ? { signal } : {}) },
    );
    const files = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".json"));
    if (files.length === 0) {
      throw new DataError(`The profile of ${name} is missing: the runtime wrote none to ${folder}`);
    }
    const texts = await Promise.all(files.map(({ name }) => Deno.readTextFile(join(folder, name))));
    const { kernels, stepMilliseconds } = aggregateProfiles(texts, { warmUp, steps });
    return {
      name,
      threads,
      layout,
      steps,
      stepMilliseconds,
      hostMilliseconds: Math.max(0, wallMilliseconds - stepMilliseconds),
      hostParts,
      peakGigaflopsPerSecond,
      kernels,
    };
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}
