/**
 * The speed benchmarks: our side and a peer in turns, each measurement in a process of its own.
 *
 * @module
 */

import { loadavg } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "../../core/files.ts";
import { readEnvironment, readProject } from "../../core/results/environment.ts";
import {
  formatSpeedFile,
  type LongRun,
  type SpeedCaseResult,
  type SpeedFile,
} from "../../core/results/speed_result.ts";
import { median } from "../../core/results/quantile.ts";
import { chooseCases } from "./cases.ts";
import { type BenchOptions, measureCase, measureOurs, placeOf } from "./measure_case.ts";
import { listPeers, probePeer } from "./peers.ts";
import { runProfile } from "./run_profile.ts";
import { summarizeMemory } from "./statistics.ts";
import { longRunStudent } from "./training_step.ts";

/** Load average above which the machine counts as busy. */
const busyLoad = 0.5;

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
    const place = placeOf({ title, threads });
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
    for (const side of [{ title: "our", runs }, ...peers]) {
      const medians = side.runs.map(({ seconds }) => median(seconds));
      if (medians.length > 1 && Math.max(...medians) > 1.25 * Math.min(...medians)) {
        warnings.push(
          `${place}: ${side.title} runs differ by more than a quarter: the machine was not quiet`,
        );
      }
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
      if ((speedCase.replicas ?? threads) !== threads) continue;
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
