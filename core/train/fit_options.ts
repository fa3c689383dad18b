/**
 * What the training loop is given and gives back.
 *
 * @module
 */

import type { NamedTensors } from "../nn/parameters.ts";
import type { Schedule } from "../optim/schedule.ts";
import type { BatchSource } from "./batch_source.ts";
import type { CurvePoint, TrainingCurve } from "./curve.ts";
import type { AnyTrainingStep } from "./staged_step.ts";
import type { TrainingState } from "./training_state.ts";

/** How far a training is. */
export interface FitProgress {
  /** Steps done. */
  readonly step: number;
  /** Steps of the whole training. */
  readonly steps: number;
  /** Loss of the last step. */
  readonly loss: number;
  /** Speed since the last report; absent in the first. */
  readonly stepsPerSecond?: number;
}

/** Where and how often a training is saved. */
export interface CheckpointOptions {
  /** File of the checkpoint. */
  readonly path: string;
  /**
   * What the training is made of, its length included: a checkpoint of another key is not resumed
   * and is written over.
   */
  readonly key: string;
  /** Least time between two. @default {10_000} */
  readonly everyMilliseconds?: number;
  /**
   * Called before each is written, and waited for: to keep what the checkpoint must not be without,
   * since a resumed training does not meet again what came before it.
   */
  readonly beforeSave?: (() => void | Promise<void>) | undefined;
}

/** What `fit` is given. */
export interface FitOptions {
  /** The step; where there are replicas, that of one of them. */
  readonly step: AnyTrainingStep;
  /** Released at the end. */
  readonly batches: BatchSource;
  /** Length of the training; 0 leaves everything as it begins. */
  readonly steps: number;
  /** Learning rate at each step, from 0. */
  readonly schedule: Schedule;
  /** Seeds fresh parameters and dropout masks. */
  readonly seed: number;
  /** Threads of each replica. @default {1} */
  readonly threads?: number;
  /** Equal parts of a batch that train side by side. @default {1} */
  readonly replicas?: number;
  /** Largest global norm of the gradients; not clipped where absent. */
  readonly clipNorm?: number | undefined;
  /** Nothing is saved, and nothing resumed, where absent. */
  readonly checkpoint?: CheckpointOptions | undefined;
  /** Parameters and buffers to begin with; those that are not given are fresh. */
  readonly initialWeights?: NamedTensors | undefined;
  /** Told at most twice a second, and at the end. */
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
  /**
   * Told every point of the curve; what it returns is waited for. The weights are to be read before
   * that: the next step changes them in place.
   */
  readonly onPoint?:
    | ((point: CurvePoint, current: { weights(): NamedTensors }) => void | Promise<void>)
    | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Told before the start how much memory the steps need. */
  readonly onNote?: ((message: string) => void) | undefined;
}

/** A finished training. */
export interface FitResult {
  /** Parameters and buffers. */
  readonly weights: NamedTensors;
  readonly state: TrainingState;
  readonly curve: TrainingCurve;
  /** Seconds of training, over all sessions of a resumed one. */
  readonly seconds: number;
  readonly steps: number;
  /** The step that a checkpoint was resumed from; null where it began at the beginning. */
  readonly resumedFrom: number | null;
}
