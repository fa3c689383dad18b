/**
 * Dilated kernels that are wider than their map.
 *
 * @module
 */

import { slice } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { type ConvolutionWindow, convolutionWindow } from "./window.ts";

/**
 * A kernel without the outer taps that see nothing but padding. On a map of 12×6 pixels a 3×3 kernel with
 * a dilation of 12 sees each pixel with its middle tap alone: the same numbers as of all nine for a ninth
 * of the products. The taps that are left out get a gradient of 0.
 *
 * Only windows that keep the size of the map are cut: others are given back as they are.
 *
 * @param shape Of the map, [.., C, H, W, ..].
 * @param weight [outChannels, C / groups, kernel, kernel].
 */
export function withoutUnseenTaps(
  graph: Graph,
  shape: readonly number[],
  weight: Value,
  window: ConvolutionWindow,
): { weight: Value; window: ConvolutionWindow } {
  const { kernel, stride, padding, groups, dilation = 1 } = window;
  const radius = (kernel - 1) / 2;
  const seen = Math.floor((Math.max(shape[2]!, shape[3]!) - 1) / dilation);
  const keepsSize = stride === 1 && padding === radius * dilation;
  if (dilation === 1 || !keepsSize || seen >= radius) return { weight, window };
  const range = { start: radius - seen, end: radius + seen + 1 };
  return {
    weight: slice(graph, weight, [2, 3].map((axis) => ({ axis, ...range }))),
    window: convolutionWindow({
      kernel: 2 * seen + 1,
      padding: seen * dilation,
      groups,
      dilation: seen === 0 ? 1 : dilation,
    }),
  };
}
