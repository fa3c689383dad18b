/**
 * Executors run many independent jobs: in Workers of this machine, or on a cluster.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { unknownNameMessage } from "../registry.ts";
import type { JobError } from "../job_error.ts";
import type { CurveMessage, LogMessage, ProgressMessage } from "./messages.ts";

/** The right to run a job, which others may want as well. */
export interface JobClaim {
  /** Gives it back. */
  release(): void;
}

/** One piece of work: a module that answers a payload. */
export interface Job {
  /** Unique among the jobs of a call. */
  readonly id: string;
  /** URL of the Worker's module; it calls {@linkcode answerRun}. */
  readonly module: string;
  /** Sent to the Worker; must be structured-clonable. */
  readonly payload: unknown;
  /** Jobs that must be done before this one starts. */
  readonly after?: readonly string[];
  /**
   * Claims the job before it starts; undefined while another process, or another job, has it: the
   * job is put off then and others run first. The claim is given back when the job has ended, after
   * the handler of its `ended` event, and when the run is stopped.
   */
  readonly claim?: () => Promise<JobClaim | undefined>;
  /** Who has the claim, for the `waiting` event. @default {"another process"} */
  readonly holder?: () => Promise<string>;
  /**
   * The job's result where it is there already, else undefined. Asked with the claim: whoever had it
   * before may have finished the job, which then does not run.
   */
  readonly found?: () => Promise<unknown>;
}

/** How a job ended. */
export type JobOutcome =
  | {
    readonly status: "done";
    readonly result: unknown;
    /** It did not run: {@linkcode Job.found} gave its result. */
    readonly found?: true;
  }
  | { readonly status: "failed"; readonly error: JobError }
  /** A job it waits for failed. */
  | { readonly status: "skipped"; readonly because: string };

/** What happens while jobs run. */
export type JobEvent =
  | { readonly type: "started"; readonly job: Job }
  /** Someone else has the job's claim; told once for each holder. */
  | { readonly type: "waiting"; readonly job: Job; readonly holder: string }
  | {
    readonly type: "message";
    readonly job: Job;
    readonly message: ProgressMessage | CurveMessage | LogMessage;
  }
  | { readonly type: "ended"; readonly job: Job; readonly outcome: JobOutcome };

/** Options of {@linkcode Executor.run}. */
export interface RunOptions {
  /**
   * Told of everything. Jobs that wait for one start only after the returned promise of its `ended`
   * event; an error thrown here stops all jobs and is thrown by `run`.
   */
  onEvent?: (event: JobEvent) => void | Promise<void>;
  /** Stops all jobs when it is aborted; `run` then throws its reason. */
  signal?: AbortSignal;
}

/** Runs jobs, as many at a time as there is room for. */
export interface Executor {
  /** Name, as `--executor` takes it. */
  readonly name: string;
  /** Runs all jobs; one that fails does not stop those that do not wait for it. */
  run(jobs: readonly Job[], options?: RunOptions): Promise<Map<string, JobOutcome>>;
}

/** Names that `--executor` takes. */
export const executorNames: readonly string[] = ["local", "slurm"];

/**
 * Checks the name of an executor.
 *
 * @throws {ConfigError} for an unknown one, or one that cannot be used yet.
 */
export function checkExecutorName(name: string): void {
  if (!executorNames.includes(name)) {
    throw new ConfigError(unknownNameMessage("executor", name, executorNames));
  }
  if (name === "slurm") {
    throw new ConfigError(`--executor slurm is not available yet. Use --executor local`);
  }
}

/** @throws {Error} for jobs of the same id, unknown ones, or circles. */
export function checkJobs(jobs: readonly Job[]): void {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  if (byId.size !== jobs.length) throw new Error("internal: two jobs have the same id");
  const state = new Map<string, "open" | "closed">();
  const visit = (job: Job) => {
    if (state.get(job.id) === "closed") return;
    if (state.get(job.id) === "open") throw new Error(`internal: job ${job.id} waits for itself`);
    state.set(job.id, "open");
    for (const id of job.after ?? []) {
      const before = byId.get(id);
      if (before === undefined) throw new Error(`internal: job ${job.id} waits for unknown ${id}`);
      visit(before);
    }
    state.set(job.id, "closed");
  };
  for (const job of jobs) visit(job);
}
