/**
 * Runs units of work: the data are prepared first, then as many units at a time as there is room for,
 * the longest first. A unit that another process is working on is put off, and its result taken.
 *
 * @module
 */

import { z } from "zod";
import type { Executor, Job, JobEvent, JobOutcome } from "../core/launch/executor.ts";
import { errorOfJob } from "../core/launch/job_failure.ts";
import { WriteError } from "../core/errors.ts";
import { cacheFolder } from "../core/files.ts";
import type { TrainWork } from "../core/recipe/cost.ts";
import { sweepTemporaryFiles } from "../core/store/leftovers.ts";
import type { Store } from "../core/store/store.ts";
import type { JobError } from "../core/job_error.ts";
import type { PreparePayload, PrepareResult, UnitPayload, UnitResult } from "./messages.ts";
import type { PluginRequest } from "./plugins.ts";
import { claimUnit, isDone, type Unit } from "./units.ts";

/** URLs of the Workers' modules. */
export interface WorkerModules {
  readonly prepare: string;
  readonly unit: string;
}

/** Those of this program. */
export const workerModules: WorkerModules = {
  prepare: new URL("./workers/prepare_worker.ts", import.meta.url).href,
  unit: new URL("./workers/unit_worker.ts", import.meta.url).href,
};

/** Id of the job before all units. */
export const prepareJobId = "prepare";

const unitResultSchema: z.ZodType<UnitResult> = z.object({
  trained: z.boolean(),
  measured: z.array(z.string()),
});

const prepareResultSchema: z.ZodType<PrepareResult> = z.object({
  seconds: z.number(),
  warnings: z.array(z.string()),
});

/** What {@linkcode runUnits} is given. */
export interface RunUnitsOptions {
  readonly executor: Executor;
  readonly store: Store;
  readonly threads: number;
  readonly plugins: PluginRequest;
  readonly modules?: WorkerModules | undefined;
  /** Least time between two checkpoints of a training. @default {10_000} */
  readonly checkpointMilliseconds?: number | undefined;
  /** Told of everything; an error that it throws stops all units. */
  readonly onEvent: (event: JobEvent) => void | Promise<void>;
  /** Told of each unit that has ended, before {@linkcode RunUnitsOptions.onEvent}. */
  readonly onUnit?: (unit: Unit, outcome: JobOutcome) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** What was done. */
export interface UnitsOutcome {
  /** Models that were trained by this process. */
  readonly trained: number;
  /** Outcomes that were measured by this process. */
  readonly measured: number;
  /** Why units failed, by id. */
  readonly failures: ReadonlyMap<string, JobError>;
  /** What the preparation warned of. */
  readonly warnings: readonly string[];
}

/**
 * Units in the order in which they are to start: the longest first, so that the last ones to end are
 * short and no place waits long for another.
 *
 * @param work Work of the trainings, by id.
 */
export async function orderUnits(
  units: readonly Unit[],
  work: ReadonlyMap<string, TrainWork>,
): Promise<Unit[]> {
  const [{ stepCost }, { methods }] = await Promise.all([
    import("./step_cost.ts"),
    import("../core/methods/registry.ts"),
  ]);
  const teachers = new Set(units.flatMap(({ model }) => model?.teacher?.key ?? []));
  const costs = new Map(units.map((unit): [Unit, number] => {
    // Its students wait for it.
    if (unit.model !== null && teachers.has(unit.model.key)) return [unit, Number.MAX_VALUE];
    // A baseline works on pixels alone, at one go; where nothing is trained, little is to be done.
    if (unit.model === null || unit.isLong) return [unit, Infinity];
    if (!unit.trains) return [unit, 0];
    const { id, spec } = unit.model;
    const { views } = methods.get(spec.method!).needs;
    return [unit, (work.get(id)?.steps ?? 0) * stepCost(spec) * views];
  }));
  return units.toSorted((a, b) =>
    costs.get(a) === costs.get(b) ? 0 : costs.get(b)! - costs.get(a)!
  );
}

function unitJob(unit: Unit, options: RunUnitsOptions, modules: WorkerModules): Job {
  const { store, threads, plugins, checkpointMilliseconds } = options;
  const payload: UnitPayload = {
    unit,
    store: store.folder,
    threads,
    plugins,
    checkpointMilliseconds,
  };
  let holder = "another process";
  return {
    id: unit.id,
    module: modules.unit,
    payload,
    after: [prepareJobId, ...(unit.after === undefined ? [] : [unit.after])],
    claim: () =>
      claimUnit(store, unit, (who) => {
        holder = who;
      }),
    holder: () => Promise.resolve(holder),
    found: async (): Promise<UnitResult | undefined> =>
      await isDone(store, unit) ? { trained: false, measured: [] } : undefined,
  };
}

/** What a unit handed back, or why it failed. */
function resultOf(outcome: JobOutcome): UnitResult | JobError {
  if (outcome.status === "failed") return outcome.error;
  if (outcome.status === "skipped") {
    return { name: "Error", message: `not run: ${outcome.because} failed` };
  }
  const checked = unitResultSchema.safeParse(outcome.result);
  if (checked.success) return checked.data;
  return {
    name: "Error",
    message: `internal: the unit handed back something else: ${checked.error.message}`,
  };
}

/**
 * Runs units of work. What killed processes left in the cache is swept away first.
 *
 * @throws {LgdBenchError} where the data cannot be prepared, or something cannot be written. The
 * reason of `signal` when it is aborted.
 */
export async function runUnits(
  units: readonly Unit[],
  options: RunUnitsOptions,
): Promise<UnitsOutcome> {
  if (units.length === 0) return { trained: 0, measured: 0, failures: new Map(), warnings: [] };
  const { executor, modules = workerModules, signal } = options;
  await sweepTemporaryFiles(cacheFolder());
  const failures = new Map<string, JobError>();
  const warnings: string[] = [];
  let trained = 0, measured = 0;
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  const prepare: PreparePayload = { units, plugins: options.plugins };
  const endUnit = async (unit: Unit, outcome: JobOutcome) => {
    const result = resultOf(outcome);
    if ("message" in result) {
      // Every further unit would train for nothing.
      if (result.name === WriteError.name) throw errorOfJob(result);
      failures.set(unit.id, result);
    } else {
      if (result.trained) trained++;
      measured += result.measured.length;
    }
    await options.onUnit?.(unit, outcome);
  };
  const onEvent = async (event: JobEvent) => {
    if (event.type === "ended") {
      const { outcome, job: { id } } = event;
      if (id === prepareJobId) {
        if (outcome.status === "failed") {
          throw errorOfJob(outcome.error, "Cannot prepare the data: ");
        }
        const checked = outcome.status === "done"
          ? prepareResultSchema.safeParse(outcome.result)
          : undefined;
        if (checked?.success) warnings.push(...checked.data.warnings);
      } else await endUnit(byId.get(id)!, outcome);
    }
    await options.onEvent(event);
  };
  await executor.run(
    [
      { id: prepareJobId, module: modules.prepare, payload: prepare },
      ...units.map((unit) => unitJob(unit, options, modules)),
    ],
    { onEvent, ...(signal === undefined ? {} : { signal }) },
  );
  return { trained, measured, failures, warnings };
}
