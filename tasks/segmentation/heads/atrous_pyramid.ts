/**
 * The atrous spatial pyramid (ASPP): the surroundings of a pixel at several distances.
 *
 * @module
 */

import { adaptiveAveragePool } from "../../../core/nn/adaptive_average_pool.ts";
import { channelDropout } from "../../../core/nn/channel_dropout.ts";
import { conv2d } from "../../../core/nn/layers.ts";
import type { ModuleContext } from "../../../core/nn/module_context.ts";
import { resizeBilinear } from "../../../core/nn/resize_bilinear.ts";
import { concat } from "../../../core/onnx/build.ts";
import type { Value } from "../../../core/onnx/graph.ts";
import { convolutionRelu } from "./head.ts";

/** Sizes of a pyramid. */
export interface AtrousPyramidOptions {
  readonly channels: number;
  /** Dilation of each 3×3 convolution. */
  readonly rates: readonly number[];
  /** Whether the 3×3 convolutions are a depthwise and a 1×1 one. */
  readonly separable: boolean;
  readonly dropout: number;
}

/**
 * A depthwise 3×3 convolution, 1×1, BatchNorm and ReLU: declares `<depthwise>`, `<pointwise>` and
 * `<normalization>`.
 */
export function separableConvolution(
  context: ModuleContext,
  names: {
    readonly depthwise: string;
    readonly pointwise: string;
    readonly normalization: string;
  },
  x: Value,
  { outChannels, dilation = 1 }: { readonly outChannels: number; readonly dilation?: number },
): Value {
  const channels = x.shape[1]!;
  const apart = conv2d(context, names.depthwise, x, {
    outChannels: channels,
    kernel: 3,
    padding: dilation,
    dilation,
    groups: channels,
  });
  return convolutionRelu(context, [names.pointwise, names.normalization], apart, {
    outChannels,
    kernel: 1,
  });
}

/**
 * A 1×1 convolution, one 3×3 for each rate and the mean of the map side by side, joined by a 1×1
 * convolution: declares `convs.<i>` and `project`.
 *
 * @param context In the scope of the pyramid.
 */
export function atrousPyramid(
  context: ModuleContext,
  x: Value,
  { channels, rates, separable, dropout }: AtrousPyramidOptions,
): Value {
  const { graph } = context;
  const [, , height, width] = x.shape as [number, number, number, number];
  const pointwise = { outChannels: channels, kernel: 1 };
  const near = convolutionRelu(context, ["convs.0.0", "convs.0.1"], x, pointwise);
  const far = rates.map((dilation, index) => {
    const name = `convs.${index + 1}`;
    if (separable) {
      const names = {
        depthwise: `${name}.0.0`,
        pointwise: `${name}.0.1`,
        normalization: `${name}.1`,
      };
      return separableConvolution(context, names, x, { outChannels: channels, dilation });
    }
    return convolutionRelu(context, [`${name}.0`, `${name}.1`], x, {
      outChannels: channels,
      kernel: 3,
      padding: dilation,
      dilation,
    });
  });
  const mean = adaptiveAveragePool(context, x, { height: 1, width: 1 });
  const name = `convs.${rates.length + 1}`;
  const surroundings = resizeBilinear(
    context,
    convolutionRelu(context, [`${name}.1`, `${name}.2`], mean, pointwise),
    { height, width },
    { alignCorners: false },
  );
  const joined = convolutionRelu(
    context,
    ["project.0", "project.1"],
    concat(graph, [near, ...far, surroundings], 1),
    pointwise,
  );
  return channelDropout(context, "project.3", joined, dropout);
}
