/**
 * The block that mobile networks are made of.
 *
 * @module
 */

import type { Activation } from "../core/nn/activations.ts";
import type { BatchNormOptions } from "../core/nn/batch_norm.ts";
import { applyToMap, type FeatureMap, wholeMap } from "../core/nn/chwn/column_phases.ts";
import type { ModuleContext } from "../core/nn/module_context.ts";
import { phasedConvolution } from "../core/nn/normalized_convolution.ts";
import type { Value } from "../core/onnx/graph.ts";

/** Sizes of a convolution block. */
export interface ConvolutionBlockOptions {
  readonly outChannels: number;
  /** Odd; the padding keeps the size of the map at stride 1, whatever the dilation. */
  readonly kernel: number;
  /** @default {1} */
  readonly stride?: number;
  /** @default {1} */
  readonly groups?: number;
  /** Distance between taps. @default {1} */
  readonly dilation?: number;
  /** None where absent. */
  readonly activation?: Activation | undefined;
  /** @default {BatchNorm's own constants} */
  readonly normalization?: BatchNormOptions | undefined;
}

/**
 * Convolution, BatchNorm, activation (torchvision's `Conv2dNormActivation`): `<name>.0`,
 * `<name>.1`.
 */
export function convolutionBlock(
  context: ModuleContext,
  name: string,
  x: FeatureMap,
  options: ConvolutionBlockOptions,
): Value {
  return wholeMap(context.graph, phasedConvolutionBlock(context, name, x, options, 1));
}

/**
 * The same for a block before one with a stride, which it gives its columns in as many phases where
 * it can.
 */
export function phasedConvolutionBlock(
  context: ModuleContext,
  name: string,
  x: FeatureMap,
  options: ConvolutionBlockOptions,
  nextStride: number,
): FeatureMap {
  const { outChannels, kernel, stride = 1, groups = 1, dilation = 1 } = options;
  const { activation, normalization } = options;
  const padding = dilation * (kernel - 1) / 2;
  const map = phasedConvolution(
    context,
    { convolution: `${name}.0`, normalization: `${name}.1` },
    x,
    { outChannels, kernel, stride, padding, groups, dilation, phases: nextStride },
    normalization,
  );
  return activation ? applyToMap(map, (part) => activation(context, part)) : map;
}
