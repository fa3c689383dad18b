/**
 * Random convolutions in a graph: each part of a batch is convolved with a kernel of its own.
 *
 * @module
 */

import { concat, slice } from "../onnx/build.ts";
import type { Value } from "../onnx/graph.ts";
import { batchOf, type Layout } from "./layout.ts";
import type { ModuleContext } from "./module_context.ts";

/** Shape of the input that holds the kernels; the same numbers in the same order in both layouts. */
export function convolutionsShape(layout: Layout, kernels: number): number[] {
  return layout === "chwn" ? [kernels * 3, 3, 3, 3, 1] : [kernels * 3, 3, 3, 3];
}

/**
 * Convolves each of K equal parts of a batch of normalised images with its kernel, with zeros around.
 * The size stays.
 *
 * @param pixels Normalised images in the layout of the context; their number is a multiple of K.
 * @param kernels K kernels of 3 × 3 × 3 × 3, see {@linkcode convolutionsShape}.
 */
export function convolveParts(context: ModuleContext, pixels: Value, kernels: Value): Value {
  const { graph, layout } = context;
  const count = kernels.shape[0]! / 3, share = batchOf(layout, pixels.shape) / count;
  const axis = layout === "chwn" ? 4 : 0;
  const pads = layout === "chwn" ? [1, 1, 0, 1, 1, 0] : [1, 1, 1, 1];
  const parts = [...Array(count).keys()].map((part) =>
    graph.node("Conv", [
      slice(graph, pixels, [{ axis, start: part * share, end: (part + 1) * share }]),
      slice(graph, kernels, [{ axis: 0, start: part * 3, end: (part + 1) * 3 }]),
    ], { pads })
  );
  return concat(graph, parts, axis);
}
