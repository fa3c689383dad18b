/**
 * One way to train, with replicas or without.
 *
 * @module
 */

import type { HostTensor } from "../../engine/session.ts";
import { ConfigError } from "../../errors.ts";
import type { TrainingState } from "../training_state.ts";
import { type AnyTrainingStep, isStaged } from "../staged_step.ts";
import { type StepReport, Trainer } from "../trainer.ts";
import { ReplicatedTrainer } from "./replicated_trainer.ts";

/** A training that goes on step by step. */
export interface RunningTraining {
  /** Number of steps done. */
  readonly stepsDone: number;
  /** Everything that a step changes; may be a copy, so read it once. */
  readonly state: TrainingState;
  /**
   * Does one step.
   *
   * @param feeds One record of feeds per replica.
   * @throws {NonFiniteLossError} when the loss is NaN or infinite; the state stays as before.
   */
  step(
    feeds: readonly Readonly<Record<string, HostTensor>>[],
    learningRate: number,
  ): Promise<StepReport>;
  /** Frees sessions and Workers. */
  release(): Promise<void>;
}

/**
 * Starts a training whose step was built for this number of replicas.
 *
 * @throws {ConfigError} for replicas of a staged step.
 */
export async function startTraining(
  step: AnyTrainingStep,
  { seed, replicas, threads, state, clipNorm }: {
    seed: number;
    replicas: number;
    /** Threads of each replica. */
    threads: number;
    state: TrainingState;
    /** Largest global norm of the gradients; not clipped where absent. */
    clipNorm?: number | undefined;
  },
): Promise<RunningTraining> {
  if (replicas > 1) {
    if (isStaged(step)) {
      throw new ConfigError(
        `Cannot train ${step.name} by ${replicas} replicas: a step of several graphs uses threads ` +
          "instead; expected replicas 1",
      );
    }
    const trainer = await ReplicatedTrainer.create(step, {
      replicas,
      seed,
      state,
      threads,
      clipNorm,
    });
    return {
      get stepsDone() {
        return trainer.stepsDone;
      },
      get state() {
        return trainer.state;
      },
      step: (feeds, learningRate) => trainer.step(feeds, learningRate),
      release: () => Promise.resolve(trainer.release()),
    };
  }
  // Between the kernels of a step there is no time to fall asleep in: of two threads 5 to 10 %.
  const session = { threads, spinning: threads > 1 };
  const trainer = await Trainer.create(step, { seed, state, session, clipNorm });
  return {
    get stepsDone() {
      return trainer.stepsDone;
    },
    get state() {
      return trainer.state;
    },
    step: ([feeds], learningRate) => trainer.step(feeds!, learningRate),
    release: () => trainer.release(),
  };
}
