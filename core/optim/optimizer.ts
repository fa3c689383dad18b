/**
 * Optimizers as graph functions, in the shape of optax: state slots and an update. Parameters,
 * gradient and state are flat vectors, so an update is a handful of nodes whatever the model.
 *
 * @module
 */

import { add, div, mul, scale, sqrt, sub } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/** What an update reads. */
export interface UpdateInputs {
  /** Parameters, [P]. */
  readonly parameters: Value;
  /** Gradient of the loss, [P]. */
  readonly gradient: Value;
  /** One vector per slot, [P]. */
  readonly state: readonly Value[];
  /** Scalar, or [P] where groups differ. */
  readonly learningRate: Value;
  /** Number of this step as float32, from 1 on. */
  readonly step: Value;
}

/** An optimizer. */
export interface Optimizer {
  readonly name: string;
  /** Names of its state vectors, each starting at zero. */
  readonly slots: readonly string[];
  /** Adds the nodes of one step. */
  update(graph: Graph, inputs: UpdateInputs): { parameters: Value; state: Value[] };
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
    slots: ["momentum"],
    update(graph, { parameters, gradient, state, learningRate }) {
      const decayed = weightDecay === 0
        ? gradient
        : add(graph, gradient, scale(graph, parameters, weightDecay));
      const velocity = add(graph, scale(graph, state[0]!, momentum), decayed);
      const next = sub(graph, parameters, mul(graph, velocity, learningRate));
      return { parameters: next, state: [velocity] };
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
    slots: ["first_moment", "second_moment"],
    update(graph, { parameters, gradient, state, learningRate, step }) {
      const one = graph.scalar(1);
      // βᵗ = e^(t·ln β)
      const correction = (beta: number) =>
        sub(graph, one, graph.node("Exp", [scale(graph, step, Math.log(beta))], {}));
      const first = add(
        graph,
        scale(graph, state[0]!, beta1),
        scale(graph, gradient, 1 - beta1),
      );
      const second = add(
        graph,
        scale(graph, state[1]!, beta2),
        scale(graph, mul(graph, gradient, gradient), 1 - beta2),
      );
      const direction = div(
        graph,
        div(graph, first, correction(beta1)),
        add(graph, sqrt(graph, div(graph, second, correction(beta2))), graph.scalar(epsilon)),
      );
      const decayed = add(graph, direction, scale(graph, parameters, weightDecay));
      const next = sub(graph, parameters, mul(graph, decayed, learningRate));
      return { parameters: next, state: [first, second] };
    },
  };
}
