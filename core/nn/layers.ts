/**
 * Layers as functions: each declares its parameters under a name and adds its nodes.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { add, fusedMatMul, mul, reduceMean, relu, reshape, transpose } from "../onnx/build.ts";
import type { Value } from "../onnx/graph.ts";
import { chwnConvolution } from "./chwn/convolution.ts";
import { type FeatureMap, shapeOfMap, wholeMap } from "./chwn/column_phases.ts";
import { kaimingFanOut, linearDefault } from "./initializers.ts";
import { separableMaxPool } from "./chwn/max_pool.ts";
import { batchOf } from "./layout.ts";
import type { Initializer, ModuleContext } from "./module_context.ts";
import { withoutUnseenTaps } from "./unseen_taps.ts";
import { type ConvolutionWindow, convolutionWindow, squareWindow } from "./window.ts";

/** Size and step of a convolution. */
export interface ConvolutionOptions {
  readonly outChannels: number;
  readonly kernel: number;
  /** @default {1} */
  readonly stride?: number;
  /** @default {0} */
  readonly padding?: number;
  /** @default {1} */
  readonly groups?: number;
  /** Distance between taps. @default {1} */
  readonly dilation?: number;
  /** @default {kaimingFanOut} */
  readonly initializer?: Initializer;
}

/** Declares `<name>.weight` [outChannels, inChannels / groups, kernel, kernel]. */
export function declareConvolution(
  context: ModuleContext,
  name: string,
  x: FeatureMap,
  { outChannels, kernel, groups = 1, initializer }: ConvolutionOptions,
): Value {
  const shape = [outChannels, shapeOfMap(x)[1]! / groups, kernel, kernel];
  return context.parameter(`${name}.weight`, shape, initializer ?? kaimingFanOut(shape));
}

/** {@linkcode declareConvolution}, and of its taps and window those that see more than padding. */
export function declareSeenTaps(
  context: ModuleContext,
  name: string,
  x: FeatureMap,
  options: ConvolutionOptions,
): { weight: Value; window: ConvolutionWindow } {
  const weight = declareConvolution(context, name, x, options);
  return withoutUnseenTaps(context.graph, shapeOfMap(x), weight, convolutionWindow(options));
}

/**
 * Convolution without bias (`nn.Conv2d(bias=False)`): declares `<name>.weight`
 * [outChannels, inChannels / groups, kernel, kernel].
 */
export function conv2d(
  context: ModuleContext,
  name: string,
  x: FeatureMap,
  options: ConvolutionOptions,
): Value {
  const { graph, layout } = context;
  const { weight, window } = declareSeenTaps(context, name, x, options);
  if (layout === "chwn") return chwnConvolution(graph, x, weight, window);
  return graph.node("Conv", [wholeMap(graph, x), weight], squareWindow(window));
}

/**
 * Linear layer (`nn.Linear`): declares `<name>.weight` [out, in] and `<name>.bias` [out].
 *
 * @throws {ConfigError} when there are no outputs: a classifier without classes.
 */
export function linear(
  context: ModuleContext,
  name: string,
  x: Value,
  outFeatures: number,
  initializers: { weight?: Initializer; bias?: Initializer } = {},
): Value {
  if (!Number.isInteger(outFeatures) || outFeatures < 1) {
    throw new ConfigError(
      `Cannot build layer "${name}" with ${outFeatures} outputs: ` +
        "a classifier needs at least one class, an embedding at least one number",
    );
  }
  const { graph } = context;
  const inFeatures = x.shape[1]!;
  const weight = context.parameter(
    `${name}.weight`,
    [outFeatures, inFeatures],
    initializers.weight ?? linearDefault(inFeatures),
  );
  const bias = context.parameter(
    `${name}.bias`,
    [outFeatures],
    initializers.bias ?? linearDefault(inFeatures),
  );
  return add(graph, fusedMatMul(graph, x, weight, { transB: true }), bias);
}

/** min(max(x, 0), 6). */
export function relu6(context: ModuleContext, x: Value): Value {
  return context.graph.node("Clip", [x], { min: 0, max: 6 });
}

/** Max pooling (`nn.MaxPool2d`). */
export function maxPool2d(
  context: ModuleContext,
  x: Value,
  { kernel, stride, padding }: { kernel: number; stride: number; padding: number },
): Value {
  const { graph, layout } = context;
  if (layout === "chwn") return separableMaxPool(graph, x, { kernel, stride, padding });
  return graph.node("MaxPool", [x], {
    kernelShape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  });
}

/**
 * {@linkcode maxPool2d} and a ReLU after it, in training as one where that is cheaper. The other way
 * round gives the same, to the bit, gradients too: the largest number of a window is what the ReLU
 * leaves of it, and a window without a positive number has no gradient.
 */
export function maxPoolRelu2d(
  context: ModuleContext,
  x: Value,
  window: { kernel: number; stride: number; padding: number },
): Value {
  const { graph, layout } = context;
  const pooled = layout === "chwn"
    ? separableMaxPool(graph, x, window, { reluFollows: true })
    : maxPool2d(context, x, window);
  return relu(graph, pooled);
}

/** Every pixel by itself, as [H · W · B, C], in the order row, column, image. */
export function pixelRows({ graph, layout }: ModuleContext, x: Value): Value {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const batch = batchOf(layout, x.shape);
  const turned = layout === "nchw"
    ? transpose(graph, x, [2, 3, 0, 1])
    : transpose(graph, reshape(graph, x, [channels, height, width, batch]), [1, 2, 3, 0]);
  return reshape(graph, turned, [height * width * batch, channels]);
}

/** Mean over the spatial axes, as [B, C]. */
export function globalAveragePool(context: ModuleContext, x: Value): Value {
  const { graph, layout } = context;
  if (layout === "nchw") return reduceMean(graph, x, [2, 3], false);
  const channels = x.shape[1]!, height = x.shape[2]!, width = x.shape[3]!, batch = x.shape[4]!;
  const pixels = reshape(graph, x, [channels, height * width, batch]);
  return transpose(graph, reduceMean(graph, pixels, [1], false), [1, 0]);
}

/**
 * Dropout of a [B, features] matrix. The mask is an input, drawn on the host from a counted
 * stream, because random operators inside a graph repeat themselves in every session.
 */
export function dropout(
  context: ModuleContext,
  name: string,
  x: Value,
  probability: number,
): Value {
  if (context.mode === "eval" || probability === 0) return x;
  return mul(context.graph, x, context.dropoutMask(name, x.shape, probability));
}

/**
 * The head of a distilled student: Linear(d, d), ReLU, Linear(d, dimension), declared as `<name>.0`
 * and `<name>.2` (SEED and LGD official code: `fc` is replaced by this sequence).
 */
export function mlpHead(
  context: ModuleContext,
  name: string,
  x: Value,
  dimension: number,
): Value {
  const hidden = relu(context.graph, linear(context, `${name}.0`, x, x.shape[1]!));
  return linear(context, `${name}.2`, hidden, dimension);
}

/**
 * Turns bytes into the numbers a model reads: (x / 255 − mean) / std per channel.
 *
 * @param images uint8, [B, 3, H, W] in `nchw` or [3, H, W, B] in `chwn`.
 */
export function normalizeImages(
  context: ModuleContext,
  images: Value,
  { mean, std }: { mean: readonly number[]; std: readonly number[] },
): Value {
  const { graph, layout } = context;
  const shape = layout === "nchw" ? images.shape : [1, ...images.shape];
  const wide = shape.map((_, axis) => axis === 1 ? shape[1]! : 1);
  const pixels = graph.node("Cast", [reshape(graph, images, shape)], { to: "float32" });
  const slope = Float32Array.from(std, (value) => 1 / (255 * value));
  const offset = Float32Array.from(mean, (value, channel) => -value / std[channel]!);
  return add(
    graph,
    mul(graph, pixels, graph.constant("float32", wide, slope)),
    graph.constant("float32", wide, offset),
  );
}
