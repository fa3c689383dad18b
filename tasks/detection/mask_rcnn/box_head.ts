/**
 * The head that says what a box holds, and where exactly.
 *
 * @module
 */

import { linear } from "../../../core/nn/layers.ts";
import type { ModuleContext } from "../../../core/nn/module_context.ts";
import { relu } from "../../../core/onnx/build.ts";
import type { Value } from "../../../core/onnx/graph.ts";
import type { DetectorSpec } from "./spec.ts";

/** What the head says of boxes; class 0 is the background. */
export interface BoxOutputs {
  /** [R, classes + 1]. */
  readonly logits: Value;
  /** Encoded boxes of each class, [R, 4 · (classes + 1)]. */
  readonly deltas: Value;
}

/**
 * Two linear layers with ReLU, and two linear layers beside each other.
 *
 * Declares `box_head.fc6`, `box_head.fc7`, `box_predictor.cls_score` and `box_predictor.bbox_pred`.
 *
 * @param context In the scope `roi_heads.`.
 * @param features Pooled features, [R, channels · 7 · 7].
 */
export function boxHead(
  context: ModuleContext,
  features: Value,
  { classes, boxHead: { hidden } }: Pick<DetectorSpec, "classes" | "boxHead">,
): BoxOutputs {
  const { graph } = context;
  const first = relu(graph, linear(context, "box_head.fc6", features, hidden));
  const second = relu(graph, linear(context, "box_head.fc7", first, hidden));
  return {
    logits: linear(context, "box_predictor.cls_score", second, classes + 1),
    deltas: linear(context, "box_predictor.bbox_pred", second, 4 * (classes + 1)),
  };
}
