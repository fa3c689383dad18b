/**
 * The first layers of a residual network: convolution, BatchNorm, ReLU and max pooling.
 *
 * @module
 */

import { neg, relu } from "../onnx/build.ts";
import type { Value } from "../onnx/graph.ts";
import {
  type BatchNormOptions,
  completeBatchNorm,
  declareBatchNorm,
  updateRunningStatistics,
} from "./batch_norm.ts";
import { meanOfConvolution } from "./chwn/convolution_mean.ts";
import { type ConvolutionOptions, declareConvolution, maxPoolRelu2d } from "./layers.ts";
import { phasedMaxPool } from "./chwn/max_pool.ts";
import type { ModuleContext } from "./module_context.ts";
import { normalizeMaps } from "./normalize_batch.ts";
import {
  normalizedConvolution,
  type NormalizedConvolutionNames,
} from "./normalized_convolution.ts";
import { fitsPhases, phasedPixels } from "./chwn/phased_pixels.ts";
import { outputSize, type SquareWindow } from "./window.ts";

/**
 * {@linkcode normalizedConvolution}, ReLU and max pooling. In training the convolution gives its pixels
 * in the phases that the pooling reads, where the sizes allow it.
 *
 * The ReLU comes last: the same numbers as before the pooling, with as many times less work as the
 * pooling leaves fewer pixels.
 *
 * @throws {ConfigError} in training on a single number per channel.
 */
export function pooledConvolution(
  context: ModuleContext,
  names: NormalizedConvolutionNames,
  x: Value,
  options: ConvolutionOptions,
  pooling: SquareWindow,
  normalizationOptions?: BatchNormOptions,
): Value {
  const { graph, layout } = context;
  const { kernel, stride = 1, padding = 0, groups = 1, outChannels } = options;
  const window = { kernel, stride, padding, phases: pooling.stride };
  const fits = layout === "chwn" && context.usesBatchStatistics && groups === 1 &&
    (options.dilation ?? 1) === 1 &&
    pooling.stride > 1 &&
    fitsPhases(x.shape, window);
  if (!fits) {
    const map = normalizedConvolution(context, names, x, options, normalizationOptions);
    return maxPoolRelu2d(context, map, pooling);
  }
  const weight = declareConvolution(context, names.convolution, x, options);
  const parameters = declareBatchNorm(context, names.normalization, outChannels);
  const { epsilon, momentum } = completeBatchNorm(normalizationOptions);
  const [height, width] = outputSize(x.shape, window);
  const mean = meanOfConvolution(graph, x, weight, { ...window, groups });
  const pixels = phasedPixels(graph, x, weight, neg(graph, mean), window);
  const { maps, ...statistics } = normalizeMaps(
    graph,
    names.normalization,
    pixels,
    parameters,
    { epsilon, mean },
  );
  const count = height * width * x.shape[4]!;
  updateRunningStatistics(context, names.normalization, parameters, statistics, {
    count,
    momentum,
  });
  const numbers = [...Array(pooling.stride).keys()];
  const phases = numbers.map((row) =>
    numbers.map((column) => maps[row * pooling.stride + column]!)
  );
  return relu(
    graph,
    phasedMaxPool(graph, phases, { ...pooling, height, width, reluFollows: true }),
  );
}
