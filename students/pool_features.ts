/**
 * What the head of a student reads of its last map.
 *
 * @module
 */

import type { FeatureOptions } from "../core/methods/backbone.ts";
import { globalAveragePool, pixelRows } from "../core/nn/layers.ts";
import type { ModuleContext } from "../core/nn/module_context.ts";
import type { Value } from "../core/onnx/graph.ts";

/** The mean over the pixels of a map, [B, C], or every pixel by itself, [h · w · B, C]. */
export function poolFeatures(
  context: ModuleContext,
  x: Value,
  { pooling = "mean" }: Pick<FeatureOptions, "pooling">,
): Value {
  return pooling === "none" ? pixelRows(context, x) : globalAveragePool(context, x);
}
