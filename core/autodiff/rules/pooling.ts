/**
 * Gradient rules of pooling.
 *
 * @module
 */

import { GraphError } from "../../errors.ts";
import { addAll, expand, reshape, scale, slice, zeros } from "../../onnx/build.ts";
import { sizeOf } from "../../onnx/graph.ts";
import { completeWindow } from "../../onnx/shape.ts";
import { unslice } from "../insert_zeros.ts";
import type { VjpRules } from "../vjp.ts";
import { kernelTaps } from "./kernel_taps.ts";

/** Rules by operator. */
export const poolingRules: VjpRules<"MaxPool" | "AveragePool" | "GlobalAveragePool"> = {
  // Windows overlap, so a maximum may collect from several: add at the flat index of each.
  // The first maximum of a window wins a tie, as in PyTorch.
  MaxPool: ({ graph, inputs: [x], outputs: [, indices], gradient }) => {
    const size = sizeOf(x!.shape), count = sizeOf(gradient.shape);
    const scattered = graph.node("ScatterElements", [
      zeros(graph, [size]),
      reshape(graph, indices!, [count]),
      reshape(graph, gradient, [count]),
    ], { axis: 0 });
    return [reshape(graph, scattered, x!.shape)];
  },
  // Each tap spreads dy/k over the pixels that it saw.
  AveragePool: ({ graph, inputs: [x], attributes, gradient }) => {
    const { kernelShape, countIncludePad } = attributes;
    const rank = kernelShape.length;
    const { strides, pads } = completeWindow(attributes, rank);
    if (!countIncludePad && pads.some((amount) => amount !== 0)) {
      throw new GraphError("AveragePool with padding has a gradient only with countIncludePad");
    }
    const padded = x!.shape.map((length, axis) =>
      axis < 2 ? length : length + pads[axis - 2]! + pads[axis - 2 + rank]!
    );
    const share = scale(graph, gradient, 1 / sizeOf(kernelShape));
    const spread = kernelTaps(kernelShape).map((tap) =>
      tap.reduce(
        (part, at, index) =>
          unslice(graph, part, index + 2, {
            start: at,
            step: strides[index]!,
            length: padded[index + 2]!,
          }),
        share,
      )
    );
    const total = addAll(graph, spread);
    const ranges = x!.shape.map((length, axis) => {
      const start = axis < 2 ? 0 : pads[axis - 2]!;
      return { axis, start, end: start + length };
    });
    return [slice(graph, total, ranges)];
  },
  GlobalAveragePool: ({ graph, inputs: [x], gradient }) => [
    expand(graph, scale(graph, gradient, 1 / sizeOf(x!.shape.slice(2))), x!.shape),
  ],
};
