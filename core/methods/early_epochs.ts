/**
 * Losses that are others in the first epochs.
 *
 * @module
 */

import { add, less, reshape, where } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import type { MethodState } from "./method.ts";

/** The count of steps before the first one, a state of its method. */
export function initialSteps(): MethodState[string] {
  return { shape: [1], data: new Float32Array(1) };
}

/** What depends on how many steps were made. */
export interface EarlySteps {
  /** A number for the first steps and one for the later, as a scalar. */
  choose(first: number, later: number): Value;
  /** The count after this step. */
  readonly next: Value;
}

/**
 * Tells the first steps from the later ones.
 *
 * @param steps Steps that were made, [1]; see {@linkcode initialSteps}.
 * @param first How many steps are the first ones.
 */
export function earlySteps(graph: Graph, steps: Value, first: number): EarlySteps {
  const early = less(graph, steps, graph.scalar(first));
  return {
    choose: (number, later) =>
      reshape(graph, where(graph, early, graph.scalar(number), graph.scalar(later)), []),
    next: add(graph, steps, graph.scalar(1)),
  };
}
