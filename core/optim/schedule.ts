/**
 * Learning-rate schedules: pure functions of the step.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";

/** Learning rate at a step, counted from 0. */
export type Schedule = (step: number) => number;

/** Options of {@linkcode warmupCosine}. */
export interface WarmupCosineOptions {
  /** Rate at the end of the warm-up. */
  readonly peak: number;
  /** Rate at the start of the warm-up. */
  readonly start: number;
  readonly warmupEpochs: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/**
 * The official LGD and SEED schedule, constant within an epoch e: a line from `start` to `peak`
 * over the warm-up, then peak · ½(1 + cos(π·e/E)); the cosine runs over all E epochs and is not
 * shifted by the warm-up (`adjust_learning_rate` in LGD's main.py). A last part of an epoch (E need
 * not be whole) counts as an epoch.
 */
export function warmupCosine(
  { peak, start, warmupEpochs, epochs, stepsPerEpoch }: WarmupCosineOptions,
): Schedule {
  return (step) => {
    const epoch = Math.floor(step / stepsPerEpoch);
    if (epoch < warmupEpochs) return start + (peak - start) / warmupEpochs * epoch;
    return peak * 0.5 * (1 + Math.cos(Math.PI * epoch / epochs));
  };
}

/** Options of {@linkcode stepDecay}. */
export interface StepDecayOptions {
  readonly peak: number;
  /** Rate at the start of the warm-up. @default {peak} */
  readonly start?: number;
  /** @default {0} */
  readonly warmupEpochs?: number;
  /** Epochs at which the rate is multiplied by gamma. */
  readonly milestones: readonly number[];
  /** @default {0.1} */
  readonly gamma?: number;
  readonly stepsPerEpoch: number;
}

/** Constant within an epoch, multiplied by gamma at each milestone (LGD's main_lincls.py). */
export function stepDecay(
  { peak, start = peak, warmupEpochs = 0, milestones, gamma = 0.1, stepsPerEpoch }:
    StepDecayOptions,
): Schedule {
  return (step) => {
    const epoch = Math.floor(step / stepsPerEpoch);
    if (epoch < warmupEpochs) return start + (peak - start) / warmupEpochs * epoch;
    return peak * gamma ** milestones.filter((milestone) => epoch >= milestone).length;
  };
}

/** A line up over the warm-up steps, then half a cosine down to zero, both step by step. */
export function linearWarmupCosine(
  { peak, warmupSteps, steps }: { peak: number; warmupSteps: number; steps: number },
): Schedule {
  return (step) => {
    if (step < warmupSteps) return peak * (step + 1) / warmupSteps;
    return peak * 0.5 *
      (1 + Math.cos(Math.PI * (step - warmupSteps) / Math.max(1, steps - warmupSteps)));
  };
}

/** The name of a schedule that a recipe may ask for. */
export type ScheduleName = "warmup-cosine" | "step";

/** @throws {ConfigError} when the epochs leave nothing after the warm-up. */
export function wantEpochsAfterWarmup(epochs: number, warmupEpochs: number): void {
  if (warmupEpochs >= epochs) {
    throw new ConfigError(
      `Cannot warm up for ${warmupEpochs} of ${epochs} epochs: nothing is left to train`,
    );
  }
}
