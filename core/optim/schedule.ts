/**
 * Learning-rate schedules: pure functions of the step.
 *
 * @module
 */

/** Learning rate at a step, counted from 0. */
export type Schedule = (step: number) => number;

/** Warm-up shared by the schedules. */
export interface WarmupOptions {
  /** Rate after the warm-up. */
  readonly peak: number;
  /** Rate at the first step, as a fraction of the peak. @default {1} */
  readonly warmupFactor?: number;
  /** @default {0} */
  readonly warmupEpochs?: number;
  readonly stepsPerEpoch: number;
}

/** A line from `warmupFactor · peak` up to the peak; undefined after the warm-up. */
function warmup(
  { peak, warmupFactor = 1, warmupEpochs = 0 }: WarmupOptions,
  epoch: number,
): number | undefined {
  if (epoch >= warmupEpochs) return undefined;
  const start = peak * warmupFactor;
  return start + (peak - start) / warmupEpochs * epoch;
}

/**
 * Warm-up, then peak · ½(1 + cos(π·e/E)); the cosine runs over all E epochs and is not shifted by
 * the warm-up (`adjust_learning_rate` of the official LGD and SEED code).
 *
 * @param granularity "epoch" counts whole epochs, as published; "step" counts parts of epochs too,
 *   for runs of few epochs.
 */
export function warmupCosine(
  options: WarmupOptions & {
    readonly epochs: number;
    readonly granularity: "epoch" | "step";
  },
): Schedule {
  return (step) => {
    const exact = step / options.stepsPerEpoch;
    const epoch = options.granularity === "epoch" ? Math.floor(exact) : exact;
    return warmup(options, epoch) ??
      options.peak * 0.5 * (1 + Math.cos(Math.PI * epoch / options.epochs));
  };
}

/** Warm-up, then constant. */
export function warmupConstant(options: WarmupOptions): Schedule {
  return (step) => warmup(options, Math.floor(step / options.stepsPerEpoch)) ?? options.peak;
}

/**
 * Warm-up, then constant within an epoch and multiplied by gamma at each milestone
 * (`main_lincls.py` of both codes).
 */
export function stepDecay(
  options: WarmupOptions & {
    /** Epochs at which the rate is multiplied by gamma. */
    readonly milestones: readonly number[];
    /** @default {0.1} */
    readonly gamma?: number;
  },
): Schedule {
  const { peak, milestones, gamma = 0.1, stepsPerEpoch } = options;
  return (step) => {
    const epoch = Math.floor(step / stepsPerEpoch);
    return warmup(options, epoch) ??
      peak * gamma ** milestones.filter((milestone) => epoch >= milestone).length;
  };
}

/** A line up over the warm-up steps, then half a cosine down to zero, both step by step. */
export function linearWarmupCosine(
  { peak, warmupSteps, steps }: { peak: number; warmupSteps: number; steps: number },
): Schedule {
  return (step) => {
    if (step < warmupSteps) return peak * (step + 1) / warmupSteps;
    const done = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
    return peak * 0.5 * (1 + Math.cos(Math.PI * done));
  };
}

/**
 * A line from `warmupFactor · peak` up to the peak over the warm-up steps, and multiplied by gamma at each
 * milestone (mmdetection's `step` policy with a linear warm-up); all by steps, not by epochs.
 */
export function warmupStepDecay(
  { peak, warmupSteps, warmupFactor, milestones, gamma }: {
    readonly peak: number;
    readonly warmupSteps: number;
    /** Rate at the first step, as a fraction of the peak. */
    readonly warmupFactor: number;
    /** Steps at which the rate is multiplied by gamma. */
    readonly milestones: readonly number[];
    readonly gamma: number;
  },
): Schedule {
  return (step) => {
    const rate = peak * gamma ** milestones.filter((milestone) => step >= milestone).length;
    if (step >= warmupSteps) return rate;
    return rate * (warmupFactor + (1 - warmupFactor) * step / warmupSteps);
  };
}

/**
 * (peak − minimum) · (1 − step / steps)^power + minimum, by steps (mmsegmentation's `poly` policy;
 * DeepLab's with a power of 0.9).
 */
export function polynomialDecay(
  { peak, minimum = 0, power, steps }: {
    readonly peak: number;
    /** Rate that it ends at. @default {0} */
    readonly minimum?: number;
    readonly power: number;
    readonly steps: number;
  },
): Schedule {
  return (step) => (peak - minimum) * Math.max(0, 1 - step / steps) ** power + minimum;
}
