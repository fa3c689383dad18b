/**
 * Runs jobs in Workers of this process, a fresh Worker for each job.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { toJobError } from "../job_error.ts";
import {
  checkJobs,
  type Executor,
  type Job,
  type JobOutcome,
  type RunOptions,
} from "./executor.ts";
import { JobClaims, type OpenedJob } from "./job_claims.ts";
import type { WorkerMessage } from "./messages.ts";

/** Options of {@linkcode createLocalExecutor}. */
export interface LocalExecutorOptions {
  /** Jobs that run at the same time. @default {one per core} */
  jobs?: number;
  /** How often a job whose claim someone else has is tried again, milliseconds. @default {500} */
  retryMilliseconds?: number;
}

/** The number of jobs at a time where the user gives none: one per core. */
export function defaultJobs(): number {
  return Math.max(1, navigator.hardwareConcurrency);
}

/**
 * An executor on the cores of this machine.
 *
 * @throws {ConfigError} where `jobs` is not a whole number from 1 to 256.
 */
export function createLocalExecutor(options: LocalExecutorOptions = {}): Executor {
  const { jobs: most = defaultJobs(), retryMilliseconds = 500 } = options;
  if (!Number.isInteger(most) || most < 1 || most > 256) {
    throw new ConfigError(`--jobs: expected a whole number from 1 to 256, got ${most}`);
  }
  return {
    name: "local",
    run: (jobs, runOptions) => new LocalRun(jobs, { most, retryMilliseconds }, runOptions).result,
  };
}

/** One call of `run`. */
class LocalRun {
  readonly result: Promise<Map<string, JobOutcome>>;
  readonly #jobs: readonly Job[];
  /** Jobs at the same time. */
  readonly #most: number;
  readonly #retryMilliseconds: number;
  readonly #options: RunOptions;
  /** Jobs that have not started. */
  readonly #waiting: Set<Job>;
  /** Those among them whose claim is being tried. */
  readonly #opening = new Set<Job>();
  /** Those among them that are put off: when they are tried again, and who has their claim. */
  readonly #putOff = new Map<Job, { until: number; holder: string }>();
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #claims = new JobClaims();
  readonly #workers = new Map<Job, Worker>();
  readonly #outcomes = new Map<string, JobOutcome>();
  readonly #settled: PromiseWithResolvers<Map<string, JobOutcome>>;
  /** Jobs whose `ended` event is still being handled: others may start, but `run` waits. */
  #handling = 0;
  #stopped = false;

  constructor(
    jobs: readonly Job[],
    { most, retryMilliseconds }: { most: number; retryMilliseconds: number },
    options: RunOptions = {},
  ) {
    this.#jobs = jobs;
    this.#most = most;
    this.#retryMilliseconds = retryMilliseconds;
    this.#options = options;
    this.#waiting = new Set(jobs);
    this.#settled = Promise.withResolvers();
    this.result = this.#settled.promise;
    const { signal } = options;
    const onAbort = () => this.#stop(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.result.finally(() => signal?.removeEventListener("abort", onAbort)).catch(() => {});
    try {
      checkJobs(jobs);
    } catch (error) {
      this.#stop(error);
    }
    if (signal?.aborted) onAbort();
    else this.#advance();
  }

  /** Ends every Worker and the call. */
  #stop(reason: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const worker of this.#workers.values()) worker.terminate();
    this.#workers.clear();
    clearTimeout(this.#retryTimer);
    this.#claims.releaseAll();
    this.#settled.reject(reason);
  }

  /** Starts what can start; ends the call when nothing is left. */
  #advance(): void {
    if (this.#stopped) return;
    for (const job of this.#waiting) {
      const outcomes = (job.after ?? []).map((id) => this.#outcomes.get(id));
      const broken = outcomes.findIndex((outcome) =>
        outcome !== undefined && outcome.status !== "done"
      );
      if (broken >= 0) {
        this.#waiting.delete(job);
        void this.#end(job, { status: "skipped", because: job.after![broken]! });
        return;
      }
      const isFull = this.#workers.size + this.#opening.size >= this.#most;
      if (isFull || outcomes.includes(undefined) || this.#opening.has(job)) continue;
      if ((this.#putOff.get(job)?.until ?? 0) > performance.now()) continue;
      if (job.claim === undefined && job.found === undefined) this.#start(job);
      else void this.#open(job);
      if (this.#stopped) return;
    }
    const running = this.#workers.size + this.#opening.size + this.#handling;
    if (running === 0 && this.#waiting.size === 0) {
      this.#stopped = true;
      clearTimeout(this.#retryTimer);
      const order = this.#jobs.map(({ id }) => [id, this.#outcomes.get(id)!] as const);
      this.#settled.resolve(new Map(order));
    }
  }

  /** Starts a job when its claim is free, ends it when it is done already, else puts it off. */
  async #open(job: Job): Promise<void> {
    this.#opening.add(job);
    let opened: OpenedJob | undefined;
    let failure: unknown;
    try {
      opened = await this.#claims.open(job);
    } catch (error) {
      failure = error;
    }
    this.#opening.delete(job);
    // Stopped meanwhile: what was claimed since then goes back.
    if (this.#stopped) return this.#claims.release(job);
    if (opened?.type === "busy") return this.#putJobOff(job, opened.holder);
    this.#putOff.delete(job);
    if (opened?.type === "free") {
      this.#start(job);
      return this.#advance();
    }
    this.#waiting.delete(job);
    return await this.#end(
      job,
      opened === undefined
        ? { status: "failed", error: toJobError(failure) }
        : { status: "done", result: opened.result, found: true },
    );
  }

  #putJobOff(job: Job, holder: string): void {
    const told = this.#putOff.get(job)?.holder;
    this.#putOff.set(job, { until: performance.now() + this.#retryMilliseconds, holder });
    if (holder !== told) this.#emit({ type: "waiting", job, holder });
    if (this.#stopped) return;
    clearTimeout(this.#retryTimer);
    // A timer may be a little early by the other clock.
    this.#retryTimer = setTimeout(() => this.#advance(), this.#retryMilliseconds + 1);
    this.#advance();
  }

  #start(job: Job): void {
    this.#waiting.delete(job);
    this.#emit({ type: "started", job });
    // The handler of the event may have thrown.
    if (this.#stopped) return;
    try {
      this.#startWorker(job);
    } catch (error) {
      // The module's address is wrong, or the payload cannot be sent.
      void this.#end(job, { status: "failed", error: toJobError(error) });
    }
  }

  #startWorker(job: Job): void {
    const worker = new Worker(job.module, { type: "module", name: job.id });
    this.#workers.set(job, worker);
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      if (this.#workers.get(job) !== worker) return;
      if (data.type === "done") {
        void this.#end(job, { status: "done", result: data.result });
      } else if (data.type === "failed") {
        void this.#end(job, { status: "failed", error: data.error });
      } else this.#emit({ type: "message", job, message: data });
    };
    const crash = (message: string) => {
      if (this.#workers.get(job) !== worker) return;
      void this.#end(job, { status: "failed", error: { name: "WorkerError", message } });
    };
    worker.onerror = (event) => {
      event.preventDefault();
      crash(event.message);
    };
    worker.onmessageerror = () => crash("a message of the job could not be read");
    worker.postMessage({ type: "run", payload: job.payload });
  }

  async #end(job: Job, outcome: JobOutcome): Promise<void> {
    this.#workers.get(job)?.terminate();
    this.#workers.delete(job);
    this.#handling++;
    try {
      await this.#options.onEvent?.({ type: "ended", job, outcome });
    } catch (error) {
      return this.#stop(error);
    } finally {
      this.#claims.release(job);
    }
    this.#handling--;
    this.#outcomes.set(job.id, outcome);
    this.#advance();
  }

  #emit(event: Parameters<NonNullable<RunOptions["onEvent"]>>[0]): void {
    try {
      Promise.resolve(this.#options.onEvent?.(event)).catch((error) => this.#stop(error));
    } catch (error) {
      this.#stop(error);
    }
  }
}
