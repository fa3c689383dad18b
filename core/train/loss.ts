/**
 * What a training minimises and what it carries from step to step.
 *
 * @module
 */

import type { Value } from "../onnx/graph.ts";

/** State tensors on the host, by name: what a training carries besides its parameters. */
export type MethodState = Record<string, { shape: readonly number[]; data: Float32Array }>;

/** A loss and what follows from it. */
export interface LossOutputs {
  /** What is minimised, a scalar. */
  readonly loss: Value;
  /** Its parts by name, scalars: shown beside the loss, not minimised on their own. */
  readonly parts: Readonly<Record<string, Value>>;
  /** New state by name; what is not named stays. */
  readonly nextState: Readonly<Record<string, Value>>;
}
