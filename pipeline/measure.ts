/**
 * Measures a model by one task and puts the outcome into the store.
 *
 * @module
 */

import type { Annotation } from "../core/data/annotation.ts";
import { getDataset } from "../core/data/registry.ts";
import { addMissingClasses, addSkipped } from "../core/data/dataset.ts";
import { type ImageCount, LeftOutLedger } from "../core/left_out.ts";
import { takeDataWarnings } from "../core/data/warnings.ts";
import type { MeasureJob } from "../core/recipe/jobs.ts";
import type { Store } from "../core/store/store.ts";
import { tasks } from "../tasks/registry.ts";
import { runTask } from "../tasks/run_task.ts";
import type { MeasuredModel } from "../tasks/task.ts";
import { readEntryEnvironment } from "./entry_environment.ts";
import { loadFixedViews } from "./fixed_views.ts";
import { splitsOf } from "./resolve_jobs.ts";
import { putOutcome } from "./stored_outcome.ts";

/** What {@linkcode measure} is given besides the job. */
export interface MeasureOptions {
  readonly store: Store;
  readonly threads: number;
  /** Least time between two checkpoints of a training. @default {10_000} */
  readonly checkpointMilliseconds?: number | undefined;
  readonly onProgress: (progress: { phase: string; step: number; steps: number }) => void;
  readonly onWarning: (message: string) => void;
}

/** The phase of a measurement, for a display: `linear-probe`, `linear-probe, val`. */
function phaseName(task: string, phase: string): string {
  return phase === "" || phase === task ? task : `${task}, ${phase}`;
}

/**
 * Measures a model. A task that trains goes on where a killed process left it.
 *
 * @throws {ConfigError} where model or data are not what the task needs.
 * @throws {TaskError} where the task hands back what cannot be evidence.
 */
export async function measure(
  model: MeasuredModel,
  job: MeasureJob,
  { store, threads, checkpointMilliseconds, onProgress, onWarning }: MeasureOptions,
): Promise<void> {
  const { key, spec, seed } = job;
  const started = performance.now();
  const task = tasks.get(spec.task);
  const dataset = await getDataset<Annotation>(spec.data);
  const splits = splitsOf(spec, dataset);
  const warnings: string[] = [];
  const warn = (message: string) => {
    warnings.push(message);
    onWarning(message);
  };
  const viewHashes: Record<string, string> = {};
  const leftOut = new LeftOutLedger();
  const images = new Map<string, ImageCount>();
  const files: Record<string, string | Uint8Array> = {};
  const evidence = await runTask(task, {
    key,
    owner: tasks.describe(task.name),
    model,
    dataset,
    settings: spec.settings,
    splits,
    views: spec.views,
    seed,
    threads,
    ...(checkpointMilliseconds === undefined ? {} : { checkpointMilliseconds }),
    folder: await store.workFolder("outcome", key),
    async loadViews(split, views, { imageSize = model.imageSize } = {}) {
      const set = await loadFixedViews(dataset, split, { views, imageSize });
      viewHashes[split] = set.hash;
      addSkipped(leftOut, spec.data, split, set.skipped);
      if (!images.has(split)) {
        const listed = (await dataset.samples(split)).length;
        images.set(split, { data: spec.data, split, listed, used: set.samples.length });
        addMissingClasses(leftOut, dataset, split, set.samples.labels());
      }
      return set;
    },
    async countImages(split, { used, skipped, hash }) {
      viewHashes[split] = hash;
      addSkipped(leftOut, spec.data, split, skipped);
      const listed = (await dataset.samples(split)).length;
      images.set(split, { data: spec.data, split, listed, used });
    },
    keepFile(name, content) {
      files[name] = content;
      return Promise.resolve();
    },
    progress: (phase, step, steps) =>
      onProgress({ phase: phaseName(spec.task, phase), step, steps }),
    warn,
  });
  takeDataWarnings().forEach(warn);
  await putOutcome(store, job, {
    task: task.name,
    taskVersion: task.version,
    splits: Object.fromEntries(splits.map((split) => [split, evidence[split]!])),
    seconds: (performance.now() - started) / 1000,
    viewHashes,
    warnings,
    leftOut: leftOut.entries,
    images: [...images.values()],
    environment: await readEntryEnvironment(),
  }, files);
}
