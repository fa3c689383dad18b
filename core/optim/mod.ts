/**
 * Optimizers and schedules of the learning rate.
 *
 * @example A warm-up and a cosine
 * ```ts
 * import assert from "node:assert/strict";
 * import { warmupCosine } from "@lgd-bench/lgd-bench/optim";
 *
 * const schedule = warmupCosine({
 *   peak: 0.3,
 *   warmupEpochs: 1,
 *   warmupFactor: 0.125,
 *   epochs: 10,
 *   stepsPerEpoch: 20,
 *   granularity: "step",
 * });
 * assert.equal(schedule(0), 0.0375);
 * assert.ok(schedule(199) < 0.01);
 * ```
 *
 * @module
 */

export {
  adamW,
  type AdamWOptions,
  type Optimizer,
  type OptimizerSettings,
  sgd,
  type SgdOptions,
} from "./optimizer.ts";
export {
  linearWarmupCosine,
  polynomialDecay,
  type Schedule,
  stepDecay,
  warmupConstant,
  warmupCosine,
  type WarmupOptions,
  warmupStepDecay,
} from "./schedule.ts";
