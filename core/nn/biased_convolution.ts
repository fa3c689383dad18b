/**
 * Convolution with a bias.
 *
 * @module
 */

import type { Graph, Value } from "../onnx/graph.ts";
import { addBias } from "./add_bias.ts";
import { chwnConvolution, takesBias } from "./chwn/convolution.ts";
import { type FeatureMap, wholeMap } from "./chwn/column_phases.ts";
import { constantInitializer } from "./initializers.ts";
import type { Layout } from "./layout.ts";
import { type ConvolutionOptions, declareSeenTaps } from "./layers.ts";
import type { Initializer, ModuleContext } from "./module_context.ts";
import { type ConvolutionWindow, squareWindow } from "./window.ts";

/** Size, step and initial values of a convolution with a bias. */
export interface BiasedConvolutionOptions extends ConvolutionOptions {
  /** @default {zeros} */
  readonly biasInitializer?: Initializer;
}

/**
 * A convolution with given weight and bias.
 *
 * @param map In the layout.
 * @param weight [outChannels, C / groups, kernel, kernel].
 * @param bias [outChannels].
 */
export function convolveWithBias(
  graph: Graph,
  layout: Layout,
  map: FeatureMap,
  [weight, bias]: readonly [Value, Value],
  window: ConvolutionWindow,
): Value {
  if (layout === "chwn") {
    return takesBias(graph, map, weight, window)
      ? chwnConvolution(graph, map, weight, window, bias)
      : addBias(graph, chwnConvolution(graph, map, weight, window), bias);
  }
  return graph.node("Conv", [wholeMap(graph, map), weight, bias], squareWindow(window));
}

/**
 * Convolution with a bias (`nn.Conv2d`): declares `<name>.weight`
 * [outChannels, inChannels / groups, kernel, kernel] and `<name>.bias` [outChannels].
 */
export function biasedConvolution(
  context: ModuleContext,
  name: string,
  x: FeatureMap,
  options: BiasedConvolutionOptions,
): Value {
  const { outChannels } = options;
  const { weight, window } = declareSeenTaps(context, name, x, options);
  const bias = context.parameter(
    `${name}.bias`,
    [outChannels],
    options.biasInitializer ?? constantInitializer(0),
  );
  return convolveWithBias(context.graph, context.layout, x, [weight, bias], window);
}
