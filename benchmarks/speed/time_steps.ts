/**
 * Times the steps of one process.
 *
 * @module
 */

import process from "node:process";
import type { Measurement } from "../../core/results/speed_result.ts";

/** Resident set of this process now, in bytes. */
export function residentBytes(): number {
  return Deno.memoryUsage().rss;
}

/** Largest resident set that this process has had, in bytes. */
export function peakBytes(): number {
  // Kilobytes on every system: Deno follows Node here.
  return Math.max(process.resourceUsage().maxRSS * 1024, residentBytes());
}

/** CPU time of all threads of this process, in seconds. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** How the steps are timed. */
export interface TimeStepsOptions {
  /** Steps before the clock starts. */
  readonly warmUp: number;
  /** Timed steps, at least 1. */
  readonly steps: number;
  /** Images of one step. */
  readonly images: number;
  /** Versions of what is measured. */
  readonly versions: Record<string, string>;
  /** Steps between two readings of memory; none where absent. */
  readonly memoryInterval?: number;
}

/**
 * Runs a step several times.
 *
 * @param step Does one step and gives the value that is compared with peers.
 */
export async function timeSteps(
  options: TimeStepsOptions,
  step: () => Promise<number>,
): Promise<Measurement> {
  const { warmUp, steps, images, versions, memoryInterval } = options;
  const values: number[] = [], seconds: number[] = [];
  const memory: { step: number; bytes: number }[] = [];
  for (let index = 0; index < warmUp; index++) values.push(await step());
  const cpuBefore = cpuSeconds();
  for (let index = 1; index <= steps; index++) {
    const started = performance.now();
    values.push(await step());
    seconds.push((performance.now() - started) / 1000);
    if (memoryInterval !== undefined && index % memoryInterval === 0) {
      memory.push({ step: index, bytes: residentBytes() });
    }
  }
  return {
    seconds,
    cpuSeconds: (cpuSeconds() - cpuBefore) / steps,
    peakBytes: peakBytes(),
    values,
    images,
    versions,
    ...(memoryInterval === undefined ? {} : { memory }),
  };
}
