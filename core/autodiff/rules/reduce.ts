/**
 * Gradient rules of reductions and of softmax.
 *
 * @module
 */

import { cast, div, equal, expand, mul, reduceSum, reshape, scale, sub } from "../../onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { type VjpRules, zeroGradient } from "../vjp.ts";

/** Gives a reduced tensor its axes back, with length 1. */
function withAxes(graph: Graph, reduced: Value, shape: readonly number[], axes: readonly number[]) {
  return reshape(graph, reduced, shape.map((length, axis) => axes.includes(axis) ? 1 : length));
}

/** Rules by operator. */
export const reduceRules: VjpRules<
  | "ReduceSum"
  | "ReduceMean"
  | "ReduceMax"
  | "ReduceSumSquare"
  | "ArgMax"
  | "Softmax"
  | "LogSoftmax"
> = {
  ReduceSum: ({ graph, inputs: [x], attributes: { axes }, gradient }) => [
    expand(graph, withAxes(graph, gradient, x!.shape, axes), x!.shape),
  ],
  ReduceMean: ({ graph, inputs: [x], outputs: [y], attributes: { axes }, gradient }) => {
    const share = sizeOf(y!.shape) / sizeOf(x!.shape);
    return [
      expand(graph, withAxes(graph, scale(graph, gradient, share), x!.shape, axes), x!.shape),
    ];
  },
  // Ties share the gradient equally, as in JAX and in PyTorch's amax.
  ReduceMax: ({ graph, inputs: [x], outputs: [y], attributes: { axes }, gradient }) => {
    const maximum = withAxes(graph, y!, x!.shape, axes);
    const wins = cast(graph, equal(graph, x!, maximum), "float32");
    const shared = div(
      graph,
      withAxes(graph, gradient, x!.shape, axes),
      reduceSum(graph, wins, axes),
    );
    return [mul(graph, wins, shared)];
  },
  // dΣx² = 2x dx
  ReduceSumSquare: ({ graph, inputs: [x], attributes: { axes }, gradient }) => [
    mul(graph, x!, withAxes(graph, scale(graph, gradient, 2), x!.shape, axes)),
  ],
  ArgMax: zeroGradient("an index is constant almost everywhere"),
  // dx = y · (dy − Σ y·dy)
  Softmax: ({ graph, outputs: [y], attributes: { axis }, gradient }) => [
    mul(graph, y!, sub(graph, gradient, reduceSum(graph, mul(graph, y!, gradient), [axis]))),
  ],
  // dx = dy − softmax(x) · Σ dy
  LogSoftmax: ({ graph, inputs: [x], attributes: { axis }, gradient }) => [
    sub(
      graph,
      gradient,
      mul(graph, graph.node("Softmax", [x!], { axis }), reduceSum(graph, gradient, [axis])),
    ),
  ],
};
