/**
 * Stochastic depth.
 *
 * @module
 */

import { mul } from "../onnx/build.ts";
import type { Value } from "../onnx/graph.ts";
import type { ModuleContext } from "./module_context.ts";

/**
 * Leaves a residual branch out for some images of a training batch (Huang et al., "Deep Networks
 * with Stochastic Depth", ECCV 2016; torchvision's `StochasticDepth(p, "row")`): the branch is
 * multiplied by 0 with the given probability, else by 1 / (1 − probability). One number per image,
 * drawn on the host like a dropout mask; nothing happens at evaluation.
 *
 * @param x The branch's output, in the layout of the context.
 * @param probability Of a zero, in [0, 1).
 */
export function stochasticDepth(
  context: ModuleContext,
  name: string,
  x: Value,
  probability: number,
): Value {
  if (context.mode === "eval" || probability === 0) return x;
  const batchAxis = context.layout === "nchw" ? 0 : 4;
  const shape = x.shape.map((length, axis) => axis === batchAxis ? length : 1);
  return mul(context.graph, x, context.dropoutMask(name, shape, probability));
}
