/**
 * Gradient rules of convolution, over any number of spatial axes and groups.
 *
 * y[o] = Σ_t w[t] · x[o · stride + t · dilation − pad]
 *
 * @module
 */

import { mul, reduceSum, reshape } from "../../onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import type { OpAttributes } from "../../onnx/op.ts";
import { channelScaleOf } from "../channel_scale.ts";
import { notDifferentiable, type VjpRules } from "../vjp.ts";
import { geometryOf } from "./convolution_geometry.ts";
import { convolutionInputGradient } from "./convolution_input_gradient.ts";
import { convolutionWeightGradient } from "./convolution_weight_gradient.ts";

/** How many numbers of a gradient a number of the weight may stand for, so that scaling it pays. */
const pixelsPerWeight = 8;

/** Gradients of a convolution's input and weight, null where it is not read. */
export function convolutionGradients(
  graph: Graph,
  [x, weight]: readonly [Value, Value],
  attributes: OpAttributes["Conv"],
  gradient: Value,
  needs: readonly boolean[],
): [Value | null, Value | null] {
  const geometry = geometryOf(weight, attributes);
  const scale = channelScaleOf(graph, gradient);
  if (scale && sizeOf(weight.shape) * pixelsPerWeight <= sizeOf(gradient.shape)) {
    // The gradient's scale goes to the weight's rows: Wᵀ·(s·dy) = (s·W)ᵀ·dy, (s·dy)·xᵀ = s·(dy·xᵀ).
    const { value, factor } = scale;
    const rows = reshape(graph, factor, weight.shape.map((length, axis) => axis ? 1 : length));
    const scaled = mul(graph, weight, rows);
    const [dx, dWeight] = convolutionGradients(graph, [x, scaled], attributes, value, needs);
    return [dx, dWeight && mul(graph, dWeight, rows)];
  }
  return [
    needs[0] ? convolutionInputGradient(graph, x, weight, geometry, gradient) : null,
    needs[1] ? convolutionWeightGradient(graph, x, weight, geometry, gradient) : null,
  ];
}

const inRegions = notDifferentiable("it only stands in regions, which have rules of their own");

/** Rules by operator. */
export const convolutionRules: VjpRules<
  | "Conv"
  | "ConvTranspose"
  | "BlockedConv"
  | "BlockedMaxPool"
  | "FusedConv"
  | "ReorderInput"
  | "ReorderOutput"
> = {
  Conv: ({ graph, inputs: [x, weight, bias], attributes, gradient, needs }) => {
    const axes = gradient.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const result: (Value | null)[] = convolutionGradients(
      graph,
      [x!, weight!],
      attributes,
      gradient,
      needs,
    );
    if (bias) result.push(needs[2] ? reduceSum(graph, gradient, axes, false) : null);
    return result;
  },
  ConvTranspose: notDifferentiable("no student has one; Conv's own gradient does not use it"),
  BlockedConv: inRegions,
  BlockedMaxPool: inRegions,
  FusedConv: notDifferentiable("it is made of a Conv and a sum after differentiation"),
  ReorderInput: inRegions,
  ReorderOutput: inRegions,
};
