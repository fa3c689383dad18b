/**
 * Runs a task: trainings that resume, and evidence that is checked.
 *
 * @module
 */

import { join } from "node:path";
import type { Annotation } from "../core/data/annotation.ts";
import { LgdBenchError, TaskError } from "../core/errors.ts";
import { type Evidence, validateEvidence } from "../core/results/evidence.ts";
import { fit } from "../core/train/fit.ts";
import { assertMeasurable, modelParts, type Task, type TaskContext } from "./task.ts";

/** What {@linkcode runTask} adds to the context itself. */
export type RunContext<A extends Annotation, S> = Omit<TaskContext<A, S>, "fit"> & {
  /** Key of the measurement: a checkpoint of another is not resumed. */
  readonly key: string;
  /** Least time between two checkpoints of a training. @default {that of `fit`} */
  readonly checkpointMilliseconds?: number | undefined;
  /** What the task is, for messages. @default {`task "NAME"`} */
  readonly owner?: string | undefined;
};

/** Names of trainings and kept files: safe in every file system. */
const namePattern = /^[a-z0-9][a-z0-9._-]{0,100}$/i;

function assertName(task: string, what: string, name: string): void {
  if (namePattern.test(name)) return;
  throw new TaskError(
    `Cannot run task ${task}: expected ${what} of letters, digits, ".", "_" and "-", got ` +
      JSON.stringify(name),
  );
}

/**
 * Runs a task on a model.
 *
 * @throws {ConfigError} where model or data are not what the task needs.
 * @throws {TaskError} where the evidence is not valid; it names task and split.
 */
export async function runTask<A extends Annotation, S>(
  task: Task<A, S>,
  { key, checkpointMilliseconds, owner = `task "${task.name}"`, ...context }: RunContext<A, S>,
): Promise<Record<string, Evidence>> {
  const { model, dataset, settings, folder, seed, threads } = context;
  const parts = modelParts(model);
  assertMeasurable(task, { settings, dataset, model: { name: model.name, parts } });
  const started = new Set<string>();
  const run = () =>
    task.run({
      ...context,
      fit(name, options) {
        assertName(task.name, "the name of a training", name);
        if (started.has(name)) {
          throw new TaskError(`Cannot run task ${task.name}: it trains "${name}" twice`);
        }
        started.add(name);
        return fit({
          ...options,
          seed,
          threads,
          checkpoint: {
            path: join(folder, `${name}.checkpoint.safetensors`),
            key: `${key} ${name}`,
            ...(checkpointMilliseconds === undefined
              ? {}
              : { everyMilliseconds: checkpointMilliseconds }),
          },
          onProgress: ({ step, steps }) => context.progress(name, step, steps),
          onWarning: context.warn,
        });
      },
      keepFile(name, content) {
        assertName(task.name, "the name of a file", name);
        return context.keepFile(name, content);
      },
    });
  let evidence: Record<string, Evidence>;
  try {
    evidence = await run();
  } catch (error) {
    if (error instanceof LgdBenchError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskError(`Cannot run ${owner}: ${reason}`, { cause: error });
  }
  for (const split of context.splits) {
    if (evidence[split] === undefined) {
      throw new TaskError(
        `Cannot use the evidence of ${owner}: it has no split ${split}`,
      );
    }
  }
  for (const [split, found] of Object.entries(evidence)) {
    validateEvidence(found, `${owner} on ${split}`);
  }
  return evidence;
}
