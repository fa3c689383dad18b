/**
 * Measures a model by the tasks of a cell.
 *
 * @module
 */

import type { SplitInfo, SplitName } from "../core/data/dataset.ts";
import { getDataset } from "../core/data/registry.ts";
import { loadViews } from "../core/data/views/load_views.ts";
import type { CellTask, TaskOutcome } from "../core/recipe/cell.ts";
import { tasks } from "../tasks/registry.ts";
import type { EvaluatedModel, TaskContext } from "../tasks/task.ts";
import { viewSeed } from "./pretraining.ts";

/** What {@linkcode runTasks} is given. */
export interface RunTasksOptions {
  readonly seed: number;
  readonly threads: number;
  /** Keeps a small file that a task makes. */
  readonly keepFile: (name: string, content: string) => Promise<void>;
  readonly onProgress: (progress: { phase: string; step: number; steps: number }) => void;
}

/** What the tasks measured, and how long each took. */
export interface TaskResults {
  readonly outcomes: TaskOutcome[];
  readonly seconds: Record<string, number>;
  /** Content keys of the views that were looked at: `"zs_in1k.val"` → hash. */
  readonly viewHashes: Record<string, string>;
}

/** Splits of a task that its dataset has; those to be reported where it has none of them. */
export function splitsOf(
  options: Readonly<Record<string, unknown>>,
  available: readonly SplitInfo[],
): SplitName[] {
  const own = (options["splits"] as SplitName[])
    .filter((split) => available.some(({ name }) => name === split));
  if (own.length > 0) return own;
  return available.filter(({ role }) => role === "test").map(({ name }) => name);
}

/** Runs every task on the model, one after the other. */
export async function runTasks(
  model: EvaluatedModel,
  cellTasks: readonly CellTask[],
  { seed, threads, keepFile, onProgress }: RunTasksOptions,
): Promise<TaskResults> {
  const outcomes: TaskOutcome[] = [];
  const seconds: Record<string, number> = {};
  const viewHashes: Record<string, string> = {};
  for (const { column, task: name, data, options } of cellTasks) {
    const started = performance.now();
    const dataset = await getDataset(data);
    const context: TaskContext = {
      model,
      dataset,
      column,
      options,
      seed,
      splits: splitsOf(options, dataset.splits),
      testViews: options["views"] as number,
      loadViews: async (split, views) => {
        const { imageSize } = model;
        const viewSet = await loadViews(dataset, split, { views, imageSize, seed: viewSeed });
        viewHashes[`${column}.${split}`] = viewSet.hash;
        return viewSet;
      },
      threads,
      progress: (step, steps) => onProgress({ phase: column, step, steps }),
      keepFile,
    };
    outcomes.push(await tasks.get(name).run(context));
    seconds[column] = (performance.now() - started) / 1000;
  }
  return { outcomes, seconds, viewHashes };
}
