/**
 * Messages between the main thread and the Worker of a job.
 *
 * @module
 */

import { takeCacheProblem } from "../cache.ts";
import { type JobError, toJobError } from "../job_error.ts";

/** What the main thread sends, once. */
export interface RunMessage {
  /** Always `run`. */
  readonly type: "run";
  /** The job's payload. */
  readonly payload: unknown;
}

/** How far a job is. */
export interface ProgressMessage {
  /** Always `progress`. */
  readonly type: "progress";
  /** What the job is doing, e.g. `"train"`, `"linear-probe"`. */
  readonly phase: string;
  /** Steps of the phase that are done. */
  readonly step: number;
  /** Steps of the phase. */
  readonly steps: number;
  /** Loss of the last step. */
  readonly loss?: number;
  /** Speed of the last steps. */
  readonly imagesPerSecond?: number;
}

/** One point of a loss curve, for the log. */
export interface CurveMessage {
  /** Always `curve`. */
  readonly type: "curve";
  /** Training step. */
  readonly step: number;
  /** Total loss. */
  readonly loss: number;
  /** Named parts of the loss. */
  readonly parts: Readonly<Record<string, number>>;
}

/** Something worth telling. */
export interface LogMessage {
  /** Always `log`. */
  readonly type: "log";
  /** `warning` is also shown to the user. */
  readonly level: "info" | "warning";
  /** The text. */
  readonly message: string;
}

/** The job is done; the Worker is ended after it. */
export interface DoneMessage {
  /** Always `done`. */
  readonly type: "done";
  /** What the job hands back. */
  readonly result: unknown;
}

/** The job failed; the Worker is ended after it. */
export interface FailedMessage {
  /** Always `failed`. */
  readonly type: "failed";
  /** Why. */
  readonly error: JobError;
}

/** Everything a Worker sends. */
export type WorkerMessage =
  | ProgressMessage
  | CurveMessage
  | LogMessage
  | DoneMessage
  | FailedMessage;

/** What a Worker posts with {@linkcode answerRun}. */
export interface WorkerPort {
  /** Tells how far the job is. */
  progress(message: Omit<ProgressMessage, "type">): void;
  /** Adds a point to the log of the loss. */
  curve(message: Omit<CurveMessage, "type">): void;
  /** Tells something. */
  log(level: LogMessage["level"], message: string): void;
}

/** The part of a Worker's global scope that is used. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<RunMessage>) => void) | null;
  postMessage(message: WorkerMessage): void;
}

/**
 * The body of a Worker's module: runs the payload it is sent and answers `done` or `failed`.
 *
 * @param run The job; what it returns is the result, what it throws is the failure.
 */
export function answerRun<Payload>(
  run: (payload: Payload, port: WorkerPort) => Promise<unknown>,
): void {
  const scope = globalThis as unknown as WorkerScope;
  const port: WorkerPort = {
    progress: (message) => scope.postMessage({ type: "progress", ...message }),
    curve: (message) => scope.postMessage({ type: "curve", ...message }),
    log: (level, message) => scope.postMessage({ type: "log", level, message }),
  };
  scope.onmessage = async ({ data }) => {
    let last: WorkerMessage;
    try {
      last = { type: "done", result: await run(data.payload as Payload, port) };
    } catch (error) {
      last = { type: "failed", error: toJobError(error) };
    }
    const problem = takeCacheProblem();
    if (problem !== undefined) port.log("warning", problem);
    scope.postMessage(last);
  };
}
