/**
 * Gradient rules of operators that move elements.
 *
 * @module
 */

import { concat, expand, pad, reshape, slice, transpose, zeros } from "../../onnx/build.ts";
import { annotateChannelScale, channelScaleOf } from "../channel_scale.ts";
import { unslice } from "../insert_zeros.ts";
import { notDifferentiable, type VjpRules, zeroGradient } from "../vjp.ts";

/** Rules by operator. */
export const movementRules: VjpRules<
  | "Reshape"
  | "Transpose"
  | "Slice"
  | "Concat"
  | "Split"
  | "Pad"
  | "Expand"
  | "Gather"
  | "ScatterElements"
  | "ScatterND"
  | "OneHot"
> = {
  Reshape: ({ graph, inputs: [x], gradient }) => {
    const shaped = reshape(graph, gradient, x!.shape);
    const scale = channelScaleOf(graph, gradient);
    const sameChannels = x!.shape[0] === gradient.shape[0] && x!.shape[1] === gradient.shape[1];
    if (!scale || !sameChannels) return [shaped];
    const { value, factor } = scale;
    const scaled = { value: reshape(graph, value, x!.shape), factor };
    return [annotateChannelScale(graph, shaped, scaled)];
  },
  Transpose: ({ graph, attributes: { perm }, gradient }) => {
    const inverse = perm.map((_, axis) => perm.indexOf(axis));
    return [transpose(graph, gradient, inverse)];
  },
  // Zeros where nothing was taken.
  Slice: ({ graph, inputs: [x], attributes: { starts, axes, steps }, gradient }) => [
    axes.reduce(
      (part, axis, index) =>
        unslice(graph, part, axis, {
          start: starts[index]!,
          step: steps[index]!,
          length: x!.shape[axis]!,
        }),
      gradient,
    ),
  ],
  Concat: ({ graph, inputs, attributes: { axis }, gradient }) => {
    const split = inputs.map((input) => input.shape[axis]!);
    return graph.nodeOutputs("Split", [gradient], { axis, split });
  },
  Split: ({ graph, outputs, attributes: { axis }, gradients }) => [
    concat(
      graph,
      outputs.map((output, index) => gradients[index] ?? zeros(graph, output.shape)),
      axis,
    ),
  ],
  Pad: ({ graph, inputs: [x], attributes: { pads }, gradient }) => {
    if (pads.every((amount) => amount >= 0)) {
      const ranges = x!.shape.map((length, axis) => ({
        axis,
        start: pads[axis]!,
        end: pads[axis]! + length,
      }));
      return [slice(graph, gradient, ranges)];
    }
    return [pad(graph, gradient, pads.map((amount) => -amount))];
  },
  Expand: ({ gradient }) => [gradient],
  // Rows that were read add up where they came from; rows that were not read get 0.
  Gather: ({ graph, inputs: [data, indices], attributes: { axis }, gradient }) => {
    const count = indices!.shape.reduce((product, length) => product * length, 1);
    const flat = [...data!.shape];
    flat[axis] = count;
    const rank = flat.length;
    const rows = reshape(
      graph,
      indices!,
      flat.map((_, other) => other === axis ? count : 1),
    );
    const updates = reshape(graph, gradient, flat);
    const everywhere = rank === 1 ? rows : expand(graph, rows, flat);
    return [
      graph.node("ScatterElements", [zeros(graph, data!.shape), everywhere, updates], { axis }),
      null,
    ];
  },
  ScatterElements: notDifferentiable("it is only used inside gradients"),
  ScatterND: notDifferentiable("it is only used inside gradients"),
  OneHot: zeroGradient("indices are whole numbers"),
};
