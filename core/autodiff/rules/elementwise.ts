/**
 * Gradient rules of element-by-element operators.
 *
 * @module
 */

import {
  add,
  and,
  cast,
  div,
  equal,
  greater,
  less,
  mul,
  neg,
  scale,
  sub,
  where,
} from "../../onnx/build.ts";
import { channelAffine } from "../../onnx/kernels/channels.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { type VjpContext, type VjpRules, zeroGradient } from "../vjp.ts";

/** gradient where the mask is true, else 0. */
function masked(graph: Graph, gradient: Value, mask: Value): Value {
  return mul(graph, gradient, cast(graph, mask, "float32"));
}

/**
 * 1 where sign · y + bound > 0, else 0, in one pass: clip(2ⁿ·(sign · y + bound), 0, 1) in place of a
 * comparison and a cast. Powers of two keep the product and the difference exact, so the factor
 * lifts all but subnormal numbers (below 10⁻³⁸) beyond 1.
 */
function stepFunction(graph: Graph, y: Value, sign: 1 | -1, bound: number): Value {
  const factor = 2 ** (126 - Math.ceil(Math.log2(Math.max(1, Math.abs(bound)))));
  return graph.node("HardSigmoid", [y], { alpha: sign * factor, beta: bound * factor });
}

/** Max and Min of two tensors: the gradient goes to the winner, half to each at a tie, as in JAX. */
function extremum(context: VjpContext<"Max" | "Min">): (Value | null)[] {
  const { graph, inputs, outputs, gradient, needs } = context;
  const wins = inputs.map((input) => cast(graph, equal(graph, input, outputs[0]!), "float32"));
  const count = wins.reduce((total, win) => add(graph, total, win));
  return inputs.map((_, index) =>
    needs[index] ? div(graph, mul(graph, gradient, wins[index]!), count) : null
  );
}

const comparison = zeroGradient("a comparison is constant almost everywhere");

/** Rules by operator. */
export const elementwiseRules: VjpRules<
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Sum"
  | "Max"
  | "Min"
  | "Neg"
  | "Sqrt"
  | "Exp"
  | "Log"
  | "Reciprocal"
  | "Abs"
  | "Sign"
  | "Sigmoid"
  | "Tanh"
  | "Erf"
  | "Relu"
  | "LeakyRelu"
  | "Clip"
  | "HardSigmoid"
  | "Identity"
  | "Cast"
  | "Equal"
  | "Greater"
  | "GreaterOrEqual"
  | "Less"
  | "And"
  | "Where"
> = {
  Add: ({ gradient }) => [gradient, gradient],
  Sub: ({ graph, gradient, needs }) => [gradient, needs[1] ? neg(graph, gradient) : null],
  // d(a·b) = b·da + a·db
  Mul: ({ graph, inputs: [a, b], gradient, needs }) => [
    needs[0] ? mul(graph, gradient, b!) : null,
    needs[1] ? mul(graph, gradient, a!) : null,
  ],
  // d(a/b) = da/b − (a/b)·db/b
  Div: ({ graph, inputs: [, b], outputs: [quotient], gradient, needs }) => [
    needs[0] ? div(graph, gradient, b!) : null,
    needs[1] ? neg(graph, div(graph, mul(graph, gradient, quotient!), b!)) : null,
  ],
  Sum: ({ inputs, gradient }) => inputs.map(() => gradient),
  Max: extremum,
  Min: extremum,
  Neg: ({ graph, gradient }) => [neg(graph, gradient)],
  // d√x = dx / (2√x)
  Sqrt: ({ graph, outputs: [root], gradient }) => [
    div(graph, gradient, scale(graph, root!, 2)),
  ],
  // deˣ = eˣ dx
  Exp: ({ graph, outputs: [power], gradient }) => [mul(graph, gradient, power!)],
  // d ln x = dx / x
  Log: ({ graph, inputs: [x], gradient }) => [div(graph, gradient, x!)],
  // d(1/x) = −(1/x)² dx
  Reciprocal: ({ graph, outputs: [y], gradient }) => [
    neg(graph, mul(graph, gradient, mul(graph, y!, y!))),
  ],
  // d|x| = sign(x) dx, 0 at 0
  Abs: ({ graph, inputs: [x], gradient }) => [mul(graph, gradient, graph.node("Sign", [x!], {}))],
  Sign: zeroGradient("sign is constant almost everywhere"),
  // dσ = σ(1 − σ) dx
  Sigmoid: ({ graph, outputs: [y], gradient }) => [
    mul(graph, gradient, mul(graph, y!, sub(graph, graph.scalar(1), y!))),
  ],
  // d tanh x = (1 − tanh² x) dx
  Tanh: ({ graph, outputs: [y], gradient }) => [
    mul(graph, gradient, sub(graph, graph.scalar(1), mul(graph, y!, y!))),
  ],
  // d erf x = 2/√π · e^(−x²) dx
  Erf: ({ graph, inputs: [x], gradient }) => [
    mul(
      graph,
      gradient,
      scale(
        graph,
        graph.node("Exp", [neg(graph, mul(graph, x!, x!))], {}),
        2 / Math.sqrt(Math.PI),
      ),
    ),
  ],
  // 0 at 0, as PyTorch's relu; the output's sign is the input's, and the input may be freed.
  Relu: ({ graph, outputs: [y], gradient }) => [
    mul(graph, gradient, stepFunction(graph, y!, 1, 0)),
  ],
  // alpha at 0, as PyTorch's leaky_relu.
  LeakyRelu: ({ graph, inputs: [x], attributes: { alpha }, gradient }) => {
    const positive = stepFunction(graph, x!, 1, 0);
    const slope = add(graph, scale(graph, positive, 1 - alpha), graph.scalar(alpha));
    return [mul(graph, gradient, slope)];
  },
  // 0 at the bounds, as PyTorch's hardtanh (ReLU6).
  Clip: ({ graph, outputs: [y], attributes: { min, max }, gradient }) => {
    const mask = () => {
      if (!Number.isFinite(max)) return stepFunction(graph, y!, 1, -min);
      if (!Number.isFinite(min)) return stepFunction(graph, y!, -1, max);
      // Both bounds at once: the distance from the middle is below half the width. What is nearer
      // to a bound than the rounding of that distance (10⁻⁷ for ReLU6) counts as the bound.
      const middle = (min + max) / 2;
      const vector = [y!.shape[1]!];
      const shifted = y!.shape.length > 2
        ? channelAffine(graph, y!, graph.scalar(1, vector), graph.scalar(-middle, vector))
        : sub(graph, y!, graph.scalar(middle));
      // |x|, which the convolution of channelAffine does on the way.
      const distance = graph.node("LeakyRelu", [shifted], { alpha: -1 });
      return stepFunction(graph, distance, -1, (max - min) / 2);
    };
    return [Number.isFinite(min) || Number.isFinite(max) ? mul(graph, gradient, mask()) : gradient];
  },
  // clip(αx + β, 0, 1): α inside, 0 at the bounds.
  HardSigmoid: ({ graph, outputs: [y], attributes: { alpha }, gradient }) => [
    scale(
      graph,
      masked(
        graph,
        gradient,
        and(graph, greater(graph, y!, graph.scalar(0)), less(graph, y!, graph.scalar(1))),
      ),
      alpha,
    ),
  ],
  Identity: ({ gradient }) => [gradient],
  Cast: zeroGradient("a cast leaves the real numbers"),
  Equal: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  And: comparison,
  Where: ({ graph, inputs: [condition], gradient, needs }) => [
    null,
    needs[1] ? where(graph, condition!, gradient, graph.scalar(0)) : null,
    needs[2] ? where(graph, condition!, graph.scalar(0), gradient) : null,
  ],
};
