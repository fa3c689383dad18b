/**
 * Optimizers: state slots and an update of flat vectors on the host, whatever the model.
 *
 * @module
 */

/** What an update reads and changes. */
export interface UpdateInputs {
  /** Parameters, changed in place. */
  readonly parameters: Float32Array;
  /** Gradient of the loss. */
  readonly gradient: Float32Array;
  /** Factor on the gradient: less than 1 where it is clipped. @default {1} */
  readonly gradientScale?: number;
  /** One vector per slot, changed in place. */
  readonly state: readonly Float32Array[];
  readonly learningRate: number;
  /** Weight decay of these parameters. @default {that of the optimizer} */
  readonly weightDecay?: number | undefined;
  /** Number of this step, from 1 on. */
  readonly step: number;
}

/** What makes an optimizer, as it crosses threads. */
export type OptimizerSettings =
  | { readonly name: "sgd" } & Required<SgdOptions>
  | { readonly name: "adamw" } & Required<AdamWOptions>;

/** An optimizer. */
export interface Optimizer {
  readonly name: string;
  /** {@linkcode createOptimizer} makes the same optimizer of them. */
  readonly settings: OptimizerSettings;
  /** Names of its state vectors, each starting at zero. */
  readonly slots: readonly string[];
  /** Does one step in place, in one pass: in double precision, rounded once where it is stored. */
  update(inputs: UpdateInputs): void;
}

/** Options of SGD. */
export interface SgdOptions {
  /** @default {0.9} */
  readonly momentum?: number;
  /** L2 penalty, added to the gradient. @default {0} */
  readonly weightDecay?: number;
}

/**
 * SGD with momentum as `torch.optim.SGD`: v ← m·v + (g + λ·w), w ← w − lr·v.
 */
export function sgd({ momentum = 0.9, weightDecay = 0 }: SgdOptions = {}): Optimizer {
  return {
    name: "sgd",
    settings: { name: "sgd", momentum, weightDecay },
    slots: ["momentum"],
    update({ parameters, gradient, gradientScale = 1, state, learningRate, weightDecay: own }) {
      const velocity = state[0]!, decay = own ?? weightDecay;
      for (let index = 0; index < parameters.length; index++) {
        const weight = parameters[index]!;
        const scaled = gradient[index]! * gradientScale;
        const next = velocity[index]! * momentum + (scaled + weight * decay);
        velocity[index] = next;
        parameters[index] = weight - next * learningRate;
      }
    },
  };
}

/** Options of AdamW. */
export interface AdamWOptions {
  /** @default {0.9} */
  readonly beta1?: number;
  /** @default {0.999} */
  readonly beta2?: number;
  /** @default {1e-8} */
  readonly epsilon?: number;
  /** Decoupled decay: w ← w − lr·λ·w. @default {0.01} */
  readonly weightDecay?: number;
}

/**
 * AdamW as `torch.optim.AdamW`: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
 * w ← w·(1 − lr·λ) − lr · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε).
 */
export function adamW(
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 }: AdamWOptions = {},
): Optimizer {
  return {
    name: "adamw",
    settings: { name: "adamw", beta1, beta2, epsilon, weightDecay },
    slots: ["first_moment", "second_moment"],
    update({ parameters, gradient, gradientScale = 1, state, learningRate, step, ...inputs }) {
      const [first, second] = state as [Float32Array, Float32Array];
      const decay = inputs.weightDecay ?? weightDecay;
      const firstCorrection = 1 - beta1 ** step, secondCorrection = 1 - beta2 ** step;
      for (let index = 0; index < parameters.length; index++) {
        const scaled = gradient[index]! * gradientScale, weight = parameters[index]!;
        const mean = beta1 * first[index]! + (1 - beta1) * scaled;
        const square = beta2 * second[index]! + (1 - beta2) * scaled * scaled;
        first[index] = mean;
        second[index] = square;
        const direction = mean / firstCorrection /
          (Math.sqrt(square / secondCorrection) + epsilon);
        parameters[index] = weight - learningRate * (direction + decay * weight);
      }
    },
  };
}

/** The optimizer that has these settings. */
export function createOptimizer(settings: OptimizerSettings): Optimizer {
  return settings.name === "sgd" ? sgd(settings) : adamW(settings);
}
