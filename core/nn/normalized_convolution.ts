/**
 * Convolution and BatchNorm, the pair that networks are made of.
 *
 * @module
 */

import { neg } from "../onnx/build.ts";
import { sizeOf, type Value } from "../onnx/graph.ts";
import {
  batchNorm2d,
  type BatchNormOptions,
  completeBatchNorm,
  declareBatchNorm,
  normalizeMaps,
  updateRunningStatistics,
} from "./batch_norm.ts";
import { chwnConvolution, takesBias } from "./chwn_convolution.ts";
import { type FeatureMap, inPhases, wholeMap } from "./column_phases.ts";
import { inputGivesMean, meanOfConvolution } from "./convolution_mean.ts";
import {
  conv2d,
  type ConvolutionOptions,
  declareConvolution,
  wantBatchForTraining,
} from "./layers.ts";
import type { ModuleContext } from "./module_context.ts";
import { normalizePointwise } from "./pointwise_batch_norm.ts";

/** Names of the two layers. */
export interface NormalizedConvolutionNames {
  /** Of the convolution, e.g. `layer1.0.conv1`. */
  readonly convolution: string;
  /** Of the BatchNorm, e.g. `layer1.0.bn1`. */
  readonly normalization: string;
}

/**
 * {@linkcode conv2d} and {@linkcode batchNorm2d} after it, as one where that is cheaper.
 *
 * @throws {ConfigError} in training on a single number per channel.
 */
export function normalizedConvolution(
  context: ModuleContext,
  names: NormalizedConvolutionNames,
  x: FeatureMap,
  options: ConvolutionOptions,
  normalizationOptions?: BatchNormOptions,
): Value {
  const map = phasedConvolution(context, names, x, { ...options, phases: 1 }, normalizationOptions);
  return wholeMap(context.graph, map);
}

/**
 * The same for a layer before one with a stride: where it costs nothing, the columns come in as many
 * phases as are wanted.
 *
 * @throws {ConfigError} in training on a single number per channel.
 */
export function phasedConvolution(
  context: ModuleContext,
  { convolution, normalization }: NormalizedConvolutionNames,
  x: FeatureMap,
  options: ConvolutionOptions & { readonly phases: number },
  normalizationOptions?: BatchNormOptions,
): FeatureMap {
  const { kernel, stride = 1, padding = 0, groups = 1, outChannels } = options;
  const pointwise = kernel === 1 && stride === 1 && padding === 0 && groups === 1;
  const window = { kernel, stride, padding, groups };
  const fits = context.layout === "chwn" && context.mode === "train" && !inPhases(x);
  if (!fits || !pointwise && !inputGivesMean(x.shape, outChannels, window)) {
    const out = conv2d(context, convolution, x, options);
    return batchNorm2d(context, normalization, out, normalizationOptions);
  }
  const { graph } = context;
  const weight = declareConvolution(context, convolution, x, options);
  const parameters = declareBatchNorm(context, normalization, outChannels);
  const { epsilon, momentum } = completeBatchNorm(normalizationOptions);
  if (!pointwise) {
    const centers = takesBias(graph, x, weight, window);
    const mean = centers ? meanOfConvolution(graph, x, weight, window) : undefined;
    const y = chwnConvolution(graph, x, weight, window, mean && neg(graph, mean));
    wantBatchForTraining(context, normalization, y);
    const { maps, ...statistics } = normalizeMaps(graph, normalization, [y], parameters, {
      epsilon,
      mean,
    });
    const count = sizeOf(y.shape) / outChannels;
    updateRunningStatistics(context, normalization, parameters, statistics, { count, momentum });
    return maps[0]!;
  }
  wantBatchForTraining(context, normalization, x);
  const phases = x.shape[3]! % options.phases === 0 ? options.phases : 1;
  const { map, ...statistics } = normalizePointwise(
    graph,
    normalization,
    x,
    weight,
    parameters,
    { epsilon, phases },
  );
  const count = sizeOf(x.shape) / x.shape[1]!;
  updateRunningStatistics(context, normalization, parameters, statistics, { count, momentum });
  return map;
}
