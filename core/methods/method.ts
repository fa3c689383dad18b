/**
 * What a pre-training method is: a loss over embeddings, and state that it carries from step to
 * step (a bank, a queue).
 *
 * @module
 */

import type { Graph, Value } from "../onnx/graph.ts";
import type { LossOutputs, MethodState } from "../train/loss.ts";

export type { LossOutputs, MethodState } from "../train/loss.ts";

/** What a loss may read. Embeddings are L2-normalised, one image per row. */
export interface LossInputs {
  /** Student's embeddings z_S (distillation) or logits (supervised), [B, D]. */
  readonly student: Value;
  /** Teacher's embeddings z_T of the same views, [B, D]; absent in supervised training. */
  readonly teacher?: Value;
  /**
   * Teacher's embeddings of the whole batch where `student` and `teacher` are a part of it: what the
   * next state is made of. `teacher` where absent.
   */
  readonly teacherBatch?: Value;
  /** Labels as whole numbers, [B]; only in supervised training. */
  readonly labels?: Value;
  /** The method's state, by name. */
  readonly state: Readonly<Record<string, Value>>;
}

/** A pre-training method, ready for one run. */
export interface Method {
  readonly name: "lgd" | "seed" | "supervised";
  /** What the last layer of the student gives, and whether it is normalised. */
  readonly output: "embedding" | "logits";
  /** Length D of the last layer. */
  readonly dimension: number;
  /** The state before the first step. */
  initialState(): MethodState;
  /** Adds the loss to a training graph. */
  loss(graph: Graph, inputs: LossInputs): LossOutputs;
}
