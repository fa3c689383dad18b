/**
 * Squeeze-and-excitation: channels weighed by what the whole map shows.
 *
 * @module
 */

import { add, fusedMatMul, matMul, mul, reduceMean, reshape } from "../onnx/build.ts";
import type { Value } from "../onnx/graph.ts";
import type { Activation } from "./activations.ts";
import { constantInitializer, kaimingFanOut } from "./initializers.ts";
import type { ModuleContext } from "./module_context.ts";

/** Sizes and functions of a squeeze-and-excitation block. */
export interface SqueezeExcitationOptions {
  /** Channels between the two layers. */
  readonly squeezeChannels: number;
  /** Between the two layers. */
  readonly activation: Activation;
  /** Turns the second layer's output into factors. */
  readonly gate: Activation;
}

/**
 * A 1×1 convolution with bias of one vector per image, declared as torchvision does:
 * `<name>.weight` [out, in, 1, 1], `<name>.bias` [out].
 *
 * @param x [B, C] in `nchw`, [C, B] in `chwn`; so is the result.
 */
function channelLayer(context: ModuleContext, name: string, x: Value, outChannels: number): Value {
  const { graph, layout } = context;
  const inChannels = x.shape[layout === "nchw" ? 1 : 0]!;
  const shape = [outChannels, inChannels, 1, 1];
  const kernel = context.parameter(`${name}.weight`, shape, kaimingFanOut(shape));
  const bias = context.parameter(`${name}.bias`, [outChannels], constantInitializer(0));
  const weight = reshape(graph, kernel, [outChannels, inChannels]);
  return layout === "nchw"
    ? add(graph, fusedMatMul(graph, x, weight, { transB: true }), bias)
    : add(graph, matMul(graph, weight, x), reshape(graph, bias, [outChannels, 1]));
}

/**
 * Squeeze-and-excitation (Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018; torchvision's
 * `ops.misc.SqueezeExcitation`): x · gate(fc2(activation(fc1(mean of x over its pixels)))),
 * declared as `<name>.fc1` and `<name>.fc2`.
 *
 * @param x Feature maps in the layout of the context.
 */
export function squeezeExcitation(
  context: ModuleContext,
  name: string,
  x: Value,
  { squeezeChannels, activation, gate }: SqueezeExcitationOptions,
): Value {
  const { graph, layout } = context;
  const channels = x.shape[1]!;
  const mean = reduceMean(graph, x, [2, 3], false);
  const vectors = layout === "nchw" ? mean : reshape(graph, mean, mean.shape.slice(1));
  const squeezed = activation(
    context,
    channelLayer(context, `${name}.fc1`, vectors, squeezeChannels),
  );
  const factors = gate(context, channelLayer(context, `${name}.fc2`, squeezed, channels));
  return mul(
    graph,
    x,
    reshape(graph, factors, x.shape.map((length, axis) => axis === 2 || axis === 3 ? 1 : length)),
  );
}
