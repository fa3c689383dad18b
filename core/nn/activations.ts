/**
 * Activation functions whose gradient has a closed form that costs fewer passes over memory than
 * the chain rule through their parts.
 *
 * HardSwish's reads the gate alone, so that the input is free after the forward pass; SiLU's reads
 * the input, the gate and the output, which is kept for the next layer's weight gradient in any case.
 *
 * @module
 */

import { add, cast, less, mul, sigmoid, sub } from "../onnx/build.ts";
import { channelAffine } from "../onnx/kernels/channels.ts";
import type { Value } from "../onnx/graph.ts";
import type { ModuleContext } from "./module_context.ts";

/** An activation function, for layers that take one. */
export type Activation = (context: ModuleContext, x: Value) => Value;

/** clip(x/6 + 1/2, 0, 1) (`nn.Hardsigmoid`). */
export function hardSigmoid(context: ModuleContext, x: Value): Value {
  return context.graph.node("HardSigmoid", [x], { alpha: 1 / 6, beta: 0.5 });
}

/**
 * y = x·σ(x) (`nn.SiLU`; Ramachandran et al., "Searching for Activation Functions", 2017), with
 *
 *     dx = dy·(σ + x·σ·(1 − σ)) = dy·σ·(1 − y + x)
 */
export function silu(context: ModuleContext, x: Value): Value {
  const { graph } = context;
  let gate!: Value, y!: Value;
  const outputs = graph.region(
    "SiLU",
    [x],
    () => {
      gate = sigmoid(graph, x);
      y = mul(graph, x, gate);
      return [y];
    },
    (graph, [gradient]) => {
      // Of a map, 1 − y + x is one pass: a sum joins the convolution that the affine map is.
      const channels = [x.shape[1]!];
      const rest = x.shape.length > 2
        ? channelAffine(graph, y, graph.scalar(-1, channels), graph.scalar(1, channels))
        : sub(graph, graph.scalar(1), y);
      return [mul(graph, gradient!, mul(graph, gate, add(graph, rest, x)))];
    },
  );
  return outputs[0]!;
}

/**
 * y = x·h with the gate h = clip(x/6 + 1/2, 0, 1) (`nn.Hardswish`; Howard et al., "Searching for
 * MobileNetV3", ICCV 2019). Between the bounds x/6 = h − 1/2, so that
 *
 *     dx = dy·(h + (h − 1/2)) where 0 < h < 1, else dy·h
 */
export function hardSwish(context: ModuleContext, x: Value): Value {
  const { graph } = context;
  let gate!: Value;
  const outputs = graph.region(
    "HardSwish",
    [x],
    () => {
      gate = hardSigmoid(context, x);
      return [mul(graph, x, gate)];
    },
    (graph, [gradient]) => {
      const half = graph.scalar(0.5);
      const centered = sub(graph, gate, half);
      const inside = less(graph, graph.node("Abs", [centered], {}), half);
      const extra = mul(graph, centered, cast(graph, inside, "float32"));
      return [mul(graph, gradient!, add(graph, gate, extra))];
    },
  );
  return outputs[0]!;
}
