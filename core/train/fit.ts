/**
 * The training loop: steps, schedule, checkpoints, curve, progress. Everything that is trained is
 * trained by it.
 *
 * @module
 */

import { ConfigError, NonFiniteLossError } from "../errors.ts";
import { resumeCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { CurveRecorder } from "./curve.ts";
import type { FitOptions, FitResult } from "./fit_options.ts";
import { type RunningTraining, startTraining } from "./replicas/start_training.ts";
import { estimateTrainingMemory, memoryNote } from "./training_memory.ts";
import { initialTrainingState, trainedWeights, type TrainingState } from "./training_state.ts";

export type { BatchSource, Feeds } from "./batch_source.ts";
export type { CheckpointOptions, FitOptions, FitProgress, FitResult } from "./fit_options.ts";

/** Least time between two reports of progress, in milliseconds. */
const reportInterval = 500;

/** Reports of progress, not too many. */
class ProgressReporter {
  readonly #options: Pick<FitOptions, "steps" | "onProgress">;
  #last = 0;
  #since = 0;

  constructor(options: Pick<FitOptions, "steps" | "onProgress">) {
    this.#options = options;
  }

  add(step: number, loss: number): void {
    const { steps, onProgress } = this.#options;
    const now = performance.now();
    this.#since++;
    if (now - this.#last <= reportInterval && step !== steps) return;
    const stepsPerSecond = this.#since * 1000 / (now - this.#last);
    onProgress?.({ step, steps, loss, ...(this.#last === 0 ? {} : { stepsPerSecond }) });
    this.#last = now;
    this.#since = 0;
  }
}

/** @throws {NonFiniteLossError} when a parameter is NaN or infinite. */
function assertFinite({ step, tensors }: TrainingState): void {
  const wrong = (tensors["parameters"]!.data as Float32Array)
    .find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw new NonFiniteLossError(step, wrong, "a parameter");
}

function validate({ steps, replicas = 1, threads = 1, clipNorm }: FitOptions): void {
  const check = (name: string, value: number, least: number) => {
    if (Number.isSafeInteger(value) && value >= least) return;
    throw new ConfigError(
      `Cannot train: ${name}: expected a whole number from ${least}, got ${value}`,
    );
  };
  check("steps", steps, 0);
  check("replicas", replicas, 1);
  check("threads", threads, 1);
  if (clipNorm !== undefined && !(clipNorm > 0)) {
    throw new ConfigError(`Cannot train: clipNorm: expected a number above 0, got ${clipNorm}`);
  }
}

/** Goes on until all steps are done; returns the seconds of this session and the last. */
async function train(
  training: RunningTraining,
  recorder: CurveRecorder,
  options: FitOptions,
  secondsBefore: number,
): Promise<number> {
  const { step, batches, steps, schedule, checkpoint, onPoint } = options;
  const reporter = new ProgressReporter(options);
  let seconds = secondsBefore, started = performance.now(), lastCheckpoint = started;
  while (training.stepsDone < steps) {
    const index = training.stepsDone;
    const report = await training.step(await batches.batch(index), schedule(index));
    const done = training.stepsDone;
    reporter.add(done, report.loss);
    const point = recorder.add(done, report);
    if (!point) continue;
    await onPoint?.(point, { weights: () => trainedWeights(step, training.state) });
    if (!checkpoint) continue;
    // Checkpoints fall on points, so that nothing is half summed.
    const { path, key, everyMilliseconds = 10_000, beforeSave } = checkpoint;
    if (performance.now() - lastCheckpoint <= everyMilliseconds && done !== steps) continue;
    seconds += (performance.now() - started) / 1000;
    started = performance.now();
    const { state } = training;
    assertFinite(state);
    await beforeSave?.();
    await saveCheckpoint(path, { state, curve: recorder.curve, seconds }, key);
    lastCheckpoint = performance.now();
  }
  return seconds + (performance.now() - started) / 1000;
}

/**
 * Trains until all steps are done, going on from a checkpoint of the same key where there is one: to
 * the same bits as without the interruption. A damaged checkpoint is moved aside to
 * `<path>.damaged` with a warning. After the last step the checkpoint stays; its owner removes it.
 *
 * @throws {NonFiniteLossError} when the loss, a parameter, or the norm of gradients to be clipped is
 * NaN or infinite; the last good checkpoint stays.
 * @throws {ConfigError} for options that are out of range.
 * @throws {DataError} when initial weights do not fit the model.
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  const { step, batches, steps, seed, threads = 1, replicas = 1, checkpoint, clipNorm } = options;
  try {
    validate(options);
    options.onNote?.(memoryNote(estimateTrainingMemory(step, replicas)).note);
    const fresh = initialTrainingState(step, seed, options.initialWeights);
    const shapes = Object.fromEntries(
      Object.entries(fresh.tensors).map(([name, { shape }]) => [name, shape]),
    );
    const stored = checkpoint &&
      await resumeCheckpoint(checkpoint.path, checkpoint.key, shapes, options.onWarning);
    const recorder = new CurveRecorder(steps, stored?.curve);
    const state = stored?.state ?? fresh;
    const training = await startTraining(step, {
      seed,
      replicas,
      threads,
      state,
      clipNorm,
    });
    try {
      const seconds = await train(training, recorder, options, stored?.seconds ?? 0);
      const { state } = training;
      // The loss of a step is that before its update: the last update shows in no loss.
      assertFinite(state);
      return {
        weights: trainedWeights(step, state),
        state,
        curve: recorder.curve,
        seconds,
        steps: state.step,
        resumedFrom: stored?.state.step ?? null,
      };
    } finally {
      await training.release();
    }
  } finally {
    await batches.release?.();
  }
}
