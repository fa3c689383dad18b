/**
 * Gradient rule of BatchNormalization in inference form.
 *
 * The training form is a region of `core/nn/batch_norm.ts` with a closed form of its own.
 *
 * @module
 */

import { add, div, mul, neg, reduceSum, reshape, scale, sqrt, sub } from "../../onnx/build.ts";
import type { VjpRules } from "../vjp.ts";

/** Rules by operator. */
export const normalizationRules: VjpRules<"BatchNormalization"> = {
  // y = γ·(x − μ)/s + β with s = √(v + ε):
  // dx = γ/s·dy, dγ = Σ dy·(x − μ)/s, dβ = Σ dy, dμ = −γ/s·Σ dy, dv = −½·γ/s³·Σ dy·(x − μ)
  BatchNormalization: ({ graph, inputs, attributes: { epsilon }, gradient, needs }) => {
    const [x, gamma, , mean, variance] = inputs;
    const rank = x!.shape.length;
    const channels = x!.shape[1]!;
    const axes = [...Array(rank).keys()].filter((axis) => axis !== 1);
    const wide = x!.shape.map((_, axis) => axis === 1 ? channels : 1);
    const std = sqrt(graph, add(graph, variance!, graph.scalar(epsilon)));
    const slope = div(graph, gamma!, std);
    const sum = reduceSum(graph, gradient, axes, false);
    const centered = sub(graph, x!, reshape(graph, mean!, wide));
    const dot = () => reduceSum(graph, mul(graph, gradient, centered), axes, false);
    return [
      needs[0] ? mul(graph, gradient, reshape(graph, slope, wide)) : null,
      needs[1] ? div(graph, dot(), std) : null,
      needs[2] ? sum : null,
      needs[3] ? neg(graph, mul(graph, slope, sum)) : null,
      needs[4]
        ? scale(
          graph,
          div(graph, mul(graph, slope, dot()), mul(graph, std, std)),
          -0.5,
        )
        : null,
    ];
  },
};
