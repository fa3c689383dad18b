/**
 * Dropout of whole channels.
 *
 * @module
 */

import { mul } from "../onnx/build.ts";
import type { Value } from "../onnx/graph.ts";
import { batchOf, featureShape } from "./layout.ts";
import type { ModuleContext } from "./module_context.ts";

/**
 * Sets whole maps of channels to 0 and scales the others (`nn.Dropout2d`), in training. The mask, one
 * number for each channel of each image, is an input, drawn on the host.
 *
 * @param x Feature maps in the layout of the context.
 */
export function channelDropout(
  context: ModuleContext,
  name: string,
  x: Value,
  probability: number,
): Value {
  if (context.mode === "eval" || probability === 0) return x;
  const { graph, layout } = context;
  const shape = featureShape(layout, {
    batch: batchOf(layout, x.shape),
    channels: x.shape[1]!,
    height: 1,
    width: 1,
  });
  return mul(graph, x, context.dropoutMask(name, shape, probability));
}
