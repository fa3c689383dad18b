/**
 * Convolution and BatchNorm, the pair that networks are made of.
 *
 * @module
 */

import { add, mul, neg, reciprocal, reshape, sqrt } from "../onnx/build.ts";
import type { Value } from "../onnx/graph.ts";
import {
  assertBatchForTraining,
  batchNorm2d,
  type BatchNormOptions,
  type BatchNormParameters,
  completeBatchNorm,
  declareBatchNorm,
  updateRunningStatistics,
} from "./batch_norm.ts";
import { convolveWithBias } from "./biased_convolution.ts";
import { chwnConvolution, takesBias } from "./chwn/convolution.ts";
import { type FeatureMap, inPhases, wholeMap } from "./chwn/column_phases.ts";
import { inputGivesMean, meanOfConvolution } from "./chwn/convolution_mean.ts";
import { conv2d, type ConvolutionOptions, declareConvolution, declareSeenTaps } from "./layers.ts";
import type { ModuleContext } from "./module_context.ts";
import { type BatchStatistics, normalizeMaps } from "./normalize_batch.ts";
import { normalizePointwise } from "./chwn/pointwise_batch_norm.ts";
import { withoutUnseenTaps } from "./unseen_taps.ts";
import { type ConvolutionWindow, convolutionWindow, outputSize } from "./window.ts";

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

/** A convolution, less its mean where that is had on the way, and BatchNorm. */
function normalizedMap(
  { graph }: ModuleContext,
  name: string,
  x: Value,
  weight: Value,
  parameters: BatchNormParameters,
  { window, epsilon }: { window: ConvolutionWindow; epsilon: number },
): BatchStatistics & { readonly map: Value } {
  const mean = takesBias(graph, x, weight, window)
    ? meanOfConvolution(graph, x, weight, window)
    : undefined;
  const out = chwnConvolution(graph, x, weight, window, mean && neg(graph, mean));
  const { maps, ...statistics } = normalizeMaps(graph, name, [out], parameters, { epsilon, mean });
  return { map: maps[0]!, ...statistics };
}

/**
 * A convolution and BatchNorm by the running statistics as one convolution with a bias: with
 * f = γ/√(v + ε), the weight f·w and the bias β − f·μ. Nothing but the convolution reads or writes a map,
 * and the gradients of γ and β are had from those of the weight and of the bias.
 */
function foldedConvolution(
  context: ModuleContext,
  { convolution, normalization }: NormalizedConvolutionNames,
  x: FeatureMap,
  options: ConvolutionOptions,
  epsilon: number,
): Value {
  const { graph, layout } = context;
  const { outChannels } = options;
  const { weight, window } = declareSeenTaps(context, convolution, x, options);
  const { gamma, beta, runningMean, runningVariance } = declareBatchNorm(
    context,
    normalization,
    outChannels,
  );
  const variance = add(graph, runningVariance, graph.scalar(epsilon));
  const factor = mul(graph, gamma, sqrt(graph, reciprocal(graph, variance)));
  const scaled = mul(graph, weight, reshape(graph, factor, [outChannels, 1, 1, 1]));
  const bias = add(graph, beta, neg(graph, mul(graph, runningMean, factor)));
  return convolveWithBias(graph, layout, x, [scaled, bias], window);
}

/**
 * The same for a layer before one with a stride: where it costs nothing, the columns come in as many
 * phases as are asked for.
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
  const { outChannels } = options;
  const asked = convolutionWindow(options);
  if (context.mode === "train" && !context.usesBatchStatistics) {
    const { epsilon } = completeBatchNorm(normalizationOptions);
    return foldedConvolution(
      context,
      { convolution, normalization },
      x,
      options,
      epsilon,
    );
  }
  const { kernel, stride, padding, groups } = asked;
  const pointwise = kernel === 1 && stride === 1 && padding === 0 && groups === 1;
  const fits = context.layout === "chwn" && context.usesBatchStatistics && !inPhases(x);
  if (!fits || !pointwise && !inputGivesMean(x.shape, outChannels, asked)) {
    const out = conv2d(context, convolution, x, options);
    return batchNorm2d(context, normalization, out, normalizationOptions);
  }
  const declared = declareConvolution(context, convolution, x, options);
  const { weight, window } = withoutUnseenTaps(context.graph, x.shape, declared, asked);
  const parameters = declareBatchNorm(context, normalization, outChannels);
  const [height, width] = outputSize(x.shape, window);
  assertBatchForTraining(context, normalization, [1, outChannels, height, width, x.shape[4]!]);
  const { epsilon, momentum } = completeBatchNorm(normalizationOptions);
  const { map, ...statistics } = pointwise
    ? normalizePointwise(context.graph, normalization, x, weight, parameters, {
      epsilon,
      phases: x.shape[3]! % options.phases === 0 ? options.phases : 1,
    })
    : normalizedMap(context, normalization, x, weight, parameters, { window, epsilon });
  const count = height * width * x.shape[4]!;
  updateRunningStatistics(context, normalization, parameters, statistics, { count, momentum });
  return map;
}
