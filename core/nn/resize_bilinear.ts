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

/** For each pixel of a resized axis the two that it lies between, and the share of the second. */
export function bilinearNeighbours(
  length: number,
  outLength: number,
  { alignCorners }: ResizeOptions,
): { first: Uint32Array; second: Uint32Array; share: Float64Array } {
  const first = new Uint32Array(outLength), second = new Uint32Array(outLength);
  const share = new Float64Array(outLength);
  const step = !alignCorners
    ? length / outLength
    : outLength > 1
    ? (length - 1) / (outLength - 1)
    : 0;
  for (let out = 0; out < outLength; out++) {
    const place = alignCorners ? out * step : Math.max(0, (out + 0.5) * step - 0.5);
    first[out] = Math.min(Math.floor(place), length - 1);
    second[out] = Math.min(first[out]! + 1, length - 1);
    share[out] = place - first[out]!;
  }
  return { first, second, share };
}

/** What each pixel of a resized axis takes of the pixels of the axis: two of them at most. */
export function bilinearWeights(
  length: number,
  outLength: number,
  options: ResizeOptions,
): AxisWeights {
  const weights = new Float32Array(outLength * length);
  const { first, second, share } = bilinearNeighbours(length, outLength, options);
  for (let out = 0; out < outLength; out++) {
    weights[out * length + first[out]!]! += 1 - share[out]!;
    weights[out * length + second[out]!]! += share[out]!;
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
