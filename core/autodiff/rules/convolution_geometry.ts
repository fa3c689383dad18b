/**
 * What the gradient rules of convolution know of its window.
 *
 * @module
 */

import type { Value } from "../../onnx/graph.ts";
import type { OpAttributes } from "../../onnx/op.ts";
import { completeWindow } from "../../onnx/shape.ts";
import type { MapSize } from "../../onnx/kernels/winograd.ts";

/** A convolution's parameters, complete. */
export interface ConvolutionGeometry {
  readonly group: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

/** The parameters of a convolution with this weight. */
export function geometryOf(
  weight: Value,
  attributes: OpAttributes["Conv"],
): ConvolutionGeometry {
  const kernel = weight.shape.slice(2);
  return {
    group: attributes.group ?? 1,
    kernel,
    ...completeWindow(attributes, kernel.length),
  };
}

/**
 * The map of a 3×3 convolution without stride, with padding 1 and the batch innermost, [1, C, H, W · B]
 * with a dilation of B along the columns; undefined for any other.
 */
export function joinedMap(
  x: Value,
  { group, kernel, strides, pads, dilations }: ConvolutionGeometry,
): MapSize | undefined {
  const batch = dilations[1]!;
  const [images, , height, length] = x.shape as [number, number, number, number];
  const fits = images === 1 && group === 1 && kernel.join() === "3,3" && strides.join() === "1,1" &&
    dilations[0] === 1 && pads.join() === `1,${batch},1,${batch}` && length % batch === 0;
  return fits ? { height, width: length / batch, batch } : undefined;
}

/**
 * Whether the last of three axes is the batch, [1, C, H, W, B]: it can be joined with the columns, where
 * there is no stride.
 */
export function joinsBatch({ kernel, pads, strides, dilations }: ConvolutionGeometry): boolean {
  return kernel.length === 3 && kernel[2] === 1 && pads[2] === 0 && pads[5] === 0 &&
    strides[2] === 1 && dilations[2] === 1;
}
