/**
 * Runs jobs in Workers of this process, a fresh Worker for each job.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import {
  checkJobs,
  type Executor,
  type Job,
  type JobOutcome,
  type RunOptions,
} from "./executor.ts";
import type { WorkerMessage } from "./messages.ts";

/** Options of {@linkcode createLocalExecutor}. */
export interface LocalExecutorOptions {
  /** Jobs that run at the same time; default: the number of cores. */
  slots?: number;
}

/** The number of slots where the user gives none: one per core. */
export function defaultSlots(): number {
  return Math.max(1, navigator.hardwareConcurrency);
}

/**
 * An executor on the cores of this machine.
 *
 * @throws {ConfigError} where `slots` is no whole number from 1 to 256.
 */
export function createLocalExecutor(options: LocalExecutorOptions = {}): Executor {
  const slots = options.slots ?? defaultSlots();
  if (!Number.isInteger(slots) || slots < 1 || slots > 256) {
    throw new ConfigError(`--slots: wanted a whole number from 1 to 256; found ${slots}`);
  }
  return { name: "local", run: (jobs, runOptions) => new LocalRun(jobs, slots, runOptions).result };
}

/** One call of `run`. */
class LocalRun {
  readonly result: Promise<Map<string, JobOutcome>>;
  readonly #jobs: readonly Job[];
  readonly #slots: number;
  readonly #options: RunOptions;
  readonly #waiting: Set<Job>;
  readonly #workers = new Map<Job, Worker>();
  readonly #outcomes = new Map<string, JobOutcome>();
  readonly #settled: PromiseWithResolvers<Map<string, JobOutcome>>;
  /** Jobs whose `ended` event is still being handled: they keep no slot, but `run` waits. */
  #handling = 0;
  #stopped = false;

  constructor(jobs: readonly Job[], slots: number, options: RunOptions = {}) {
    this.#jobs = jobs;
    this.#slots = slots;
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
      if (this.#workers.size >= this.#slots || outcomes.includes(undefined)) continue;
      this.#waiting.delete(job);
      this.#start(job);
      if (this.#stopped) return;
    }
    const running = this.#workers.size + this.#handling;
    if (running === 0 && this.#waiting.size === 0) {
      this.#stopped = true;
      const order = this.#jobs.map(({ id }) => [id, this.#outcomes.get(id)!] as const);
      this.#settled.resolve(new Map(order));
    }
  }

  #start(job: Job): void {
    this.#emit({ type: "started", job });
    // The handler of the event may have thrown.
    if (this.#stopped) return;
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
