/**
 * Bilinear resizing.
 *
 * @module
 */

import type { Value } from "../onnx/graph.ts";
import type { ModuleContext } from "./module_context.ts";
import { type AxisWeights, type MapDimensions, resampleMaps } from "./resample.ts";

/** How the pixels of two sizes lie over each other. */
export interface ResizeOptions {
  /**
   * True: the middles of the corner pixels meet, and pixel o reads at o · (n − 1) / (n' − 1). False: the
   * corners of the images meet, and it reads at (o + ½) · n / n' − ½, not below 0.
   */
  readonly alignCorners: boolean;
}

/** What each pixel of a resized axis takes of the pixels of the axis: two of them at most. */
export function bilinearWeights(
  length: number,
  outLength: number,
  { alignCorners }: ResizeOptions,
): AxisWeights {
  const weights = new Float32Array(outLength * length);
  const step = !alignCorners
    ? length / outLength
    : outLength > 1
    ? (length - 1) / (outLength - 1)
    : 0;
  for (let out = 0; out < outLength; out++) {
    const place = alignCorners ? out * step : Math.max(0, (out + 0.5) * step - 0.5);
    const first = Math.min(Math.floor(place), length - 1);
    const second = Math.min(first + 1, length - 1);
    const share = place - first;
    weights[out * length + first]! += 1 - share;
    weights[out * length + second]! += share;
  }
  return { length, outLength, weights };
}

/**
 * Maps of another size (`F.interpolate(size, mode="bilinear", align_corners)`, without antialiasing), up
 * or down, in the layout of the context.
 *
 * @param size Rows and columns of the result.
 */
export function resizeBilinear(
  { graph, layout }: Pick<ModuleContext, "graph" | "layout">,
  x: Value,
  { height, width }: MapDimensions,
  options: ResizeOptions,
): Value {
  return resampleMaps(graph, layout, x, {
    rows: bilinearWeights(x.shape[2]!, height, options),
    columns: bilinearWeights(x.shape[3]!, width, options),
  });
}
