/**
 * Batch normalisation.
 *
 * @module
 */

import {
  add,
  addAll,
  fusedMatMul,
  mul,
  neg,
  reciprocal,
  reduceMean,
  reduceSum,
  reshape,
  scale,
  sqrt,
  zeros,
} from "../onnx/build.ts";
import { scaleChannels } from "../autodiff/channel_scale.ts";
import { channelAffine } from "../onnx/kernels/channels.ts";
import { type Graph, sizeOf, type Value } from "../onnx/graph.ts";
import { constantInitializer } from "./initializers.ts";
import { assertBatchForTraining } from "./layers.ts";
import type { ModuleContext } from "./module_context.ts";

/** Constants of BatchNorm. */
export interface BatchNormOptions {
  /** Added to the variance. @default {1e-5} */
  readonly epsilon?: number;
  /** Share of the new batch in the running statistics (PyTorch's meaning). @default {0.1} */
  readonly momentum?: number;
}

/** What a BatchNorm declares. */
export interface BatchNormParameters {
  /** γ, [C]. */
  readonly gamma: Value;
  /** β, [C]. */
  readonly beta: Value;
  readonly runningMean: Value;
  readonly runningVariance: Value;
}

/** Statistics of a batch. */
export interface BatchStatistics {
  /** Mean of the batch, [C]. */
  readonly mean: Value;
  /** Population variance of the batch, [C]. */
  readonly variance: Value;
}

/** A vector of ones. */
export function ones(graph: Graph, channels: number): Value {
  return graph.constant("float32", [channels], new Float32Array(channels).fill(1));
}

/** Σ a·b over each channel, [C]. */
function channelDot(graph: Graph, a: Value, b: Value): Value {
  const channels = a.shape[1]!;
  if (a.shape[0] === 1) {
    // One contiguous row per channel: a batched 1×M by M×1 product is the fastest reduction.
    const row = [channels, 1, sizeOf(a.shape) / channels];
    const product = fusedMatMul(graph, reshape(graph, a, row), reshape(graph, b, row), {
      transB: true,
    });
    return reshape(graph, product, [channels]);
  }
  const axes = a.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  return reduceSum(graph, mul(graph, a, b), axes, false);
}

/** Reduces all axes but the channels', [C]. */
export function channelReduce(
  graph: Graph,
  x: Value,
  reduce: typeof reduceSum | typeof reduceMean,
): Value {
  const channels = x.shape[1]!;
  if (x.shape[0] === 1) {
    const rows = reshape(graph, x, [channels, sizeOf(x.shape) / channels]);
    return reduce(graph, rows, [1], false);
  }
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  return reduce(graph, x, axes, false);
}

/** Declares `<name>.weight`, `.bias`, `.running_mean` and `.running_var`. */
export function declareBatchNorm(
  context: ModuleContext,
  name: string,
  channels: number,
): BatchNormParameters {
  const shape = [channels];
  return {
    gamma: context.parameter(`${name}.weight`, shape, constantInitializer(1)),
    beta: context.parameter(`${name}.bias`, shape, constantInitializer(0)),
    runningMean: context.buffer(`${name}.running_mean`, shape, constantInitializer(0)),
    runningVariance: context.buffer(`${name}.running_var`, shape, constantInitializer(1)),
  };
}

/** A batch that was normalised. */
export interface NormalizedBatch extends BatchStatistics {
  readonly y: Value;
}

/** A batch in several maps that was normalised. */
export interface NormalizedMaps extends BatchStatistics {
  readonly maps: readonly Value[];
}

/**
 * Normalises by the statistics of the batch. With n = B·H·W, batch mean μ and variance v (two passes,
 * so no cancellation), y = γ·(x − μ)/√(v + ε) + β, and
 *
 *     dβ = Σ dy    dγ = Σ dy·(x − μ) / √(v + ε)
 *     dx = γ/√(v + ε) · (dy − dβ/n − (x − μ)·Σ dy·(x − μ) / (n·(v + ε)))
 *
 * The factor of dx goes to the weights of the convolution before, where it has fewer of them than
 * dx has pixels.
 *
 * @param parts The batch in one or several maps of the same shape, [N, C, spatial…] each.
 * @param options.mean Mean of the batch, where it has been taken away from `parts` already.
 */
export function normalizeMaps(
  graph: Graph,
  name: string,
  parts: readonly Value[],
  { gamma, beta }: Pick<BatchNormParameters, "gamma" | "beta">,
  options: { readonly epsilon: number; readonly mean?: Value | undefined },
): NormalizedMaps {
  const { shape } = parts[0]!;
  const channels = shape[1]!;
  const count = parts.length * sizeOf(shape) / channels;
  const total = (of: (index: number) => Value) =>
    addAll(graph, [...parts.keys()].map((index) => of(index)));
  let mean!: Value, variance!: Value;
  let inner!: { centered: Value[]; inverseVariance: Value; slope: Value };
  const maps = graph.region(
    `${name} (BatchNorm)`,
    [...parts, gamma, beta],
    () => {
      mean = options.mean ?? scale(
        graph,
        total((index) => channelReduce(graph, parts[index]!, reduceMean)),
        1 / parts.length,
      );
      const centered = options.mean
        ? [...parts]
        : parts.map((x) => channelAffine(graph, x, ones(graph, channels), neg(graph, mean)));
      const squares = total((index) => channelDot(graph, centered[index]!, centered[index]!));
      variance = scale(graph, squares, 1 / count);
      const inverseVariance = reciprocal(
        graph,
        add(graph, variance, graph.scalar(options.epsilon)),
      );
      const slope = mul(graph, gamma, sqrt(graph, inverseVariance));
      inner = { centered, inverseVariance, slope };
      return centered.map((part) => channelAffine(graph, part, slope, beta));
    },
    (graph, gradients) => {
      const dy = gradients.map((gradient) => gradient ?? zeros(graph, shape));
      const { centered, inverseVariance, slope } = inner;
      const sum = total((index) => channelReduce(graph, dy[index]!, reduceSum));
      const dot = total((index) => channelDot(graph, dy[index]!, centered[index]!));
      const alongCentered = scale(graph, mul(graph, inverseVariance, dot), -1 / count);
      const shift = scale(graph, sum, -1 / count);
      const dx = centered.map((part, index) => {
        // Taken away by adding: a sum joins the convolution that the map is.
        const projection = channelAffine(graph, part, alongCentered, shift);
        return scaleChannels(graph, add(graph, dy[index]!, projection), slope);
      });
      return [...dx, mul(graph, dot, sqrt(graph, inverseVariance)), sum];
    },
  );
  return { maps, mean, variance };
}

/** {@linkcode normalizeMaps} of a batch in one map. */
export function normalizeBatch(
  graph: Graph,
  name: string,
  x: Value,
  parameters: Pick<BatchNormParameters, "gamma" | "beta">,
  epsilon: number,
): NormalizedBatch {
  const { maps, ...statistics } = normalizeMaps(graph, name, [x], parameters, { epsilon });
  return { y: maps[0]!, ...statistics };
}

/**
 * Notes the running statistics after a batch. They take n/(n − 1)·v, as PyTorch's; ONNX Runtime's own
 * training form takes v.
 *
 * @param count n, the numbers of a channel.
 */
export function updateRunningStatistics(
  context: ModuleContext,
  name: string,
  { runningMean, runningVariance }: BatchNormParameters,
  { mean, variance }: BatchStatistics,
  { count, momentum }: { count: number; momentum: number },
): void {
  const { graph } = context;
  const mix = (running: Value, batch: Value, share: number) =>
    add(graph, scale(graph, running, 1 - momentum), scale(graph, batch, share));
  context.updateBuffer(`${name}.running_mean`, mix(runningMean, mean, momentum));
  context.updateBuffer(
    `${name}.running_var`,
    mix(runningVariance, variance, momentum * count / (count - 1)),
  );
}

/**
 * Normalises by the running statistics, which count as constants (BatchNorm in evaluation mode inside
 * a training, as in detection): y = γ·(x − μ)/√(v + ε) + β and
 *
 *     dx = γ/√(v + ε) · dy    dγ = Σ dy·(x − μ) / √(v + ε)    dβ = Σ dy
 */
function normalizeFrozen(
  graph: Graph,
  name: string,
  x: Value,
  { gamma, beta, runningMean, runningVariance }: BatchNormParameters,
  epsilon: number,
): Value {
  let inverseDeviation!: Value, factor!: Value;
  return graph.region(
    `${name} (frozen BatchNorm)`,
    [x, gamma, beta],
    () => {
      const variance = add(graph, runningVariance, graph.scalar(epsilon));
      inverseDeviation = sqrt(graph, reciprocal(graph, variance));
      factor = mul(graph, gamma, inverseDeviation);
      const offset = add(graph, beta, neg(graph, mul(graph, runningMean, factor)));
      return [channelAffine(graph, x, factor, offset)];
    },
    (graph, [gradient], needs) => {
      const dy = gradient ?? zeros(graph, x.shape);
      const centered = () =>
        channelAffine(graph, x, ones(graph, x.shape[1]!), neg(graph, runningMean));
      return [
        needs[0] ? scaleChannels(graph, dy, factor) : null,
        needs[1] ? mul(graph, channelDot(graph, dy, centered()), inverseDeviation) : null,
        needs[2] ? channelReduce(graph, dy, reduceSum) : null,
      ];
    },
  )[0]!;
}

/** The constants, complete. */
export function completeBatchNorm(
  { epsilon = 1e-5, momentum = 0.1 }: BatchNormOptions = {},
): Required<BatchNormOptions> {
  return { epsilon, momentum };
}

/**
 * BatchNorm (`nn.BatchNorm2d`): declares `<name>.weight`, `.bias`, and the buffers
 * `.running_mean`, `.running_var`; see {@linkcode normalizeBatch}. In a scope of frozen statistics it
 * normalises by the running ones.
 *
 * @throws {ConfigError} in training on a single number per channel.
 */
export function batchNorm2d(
  context: ModuleContext,
  name: string,
  x: Value,
  options?: BatchNormOptions,
): Value {
  const { graph } = context;
  const { epsilon, momentum } = completeBatchNorm(options);
  const channels = x.shape[1]!;
  const parameters = declareBatchNorm(context, name, channels);
  if (context.mode === "eval") {
    const { gamma, beta, runningMean, runningVariance } = parameters;
    return graph.node("BatchNormalization", [x, gamma, beta, runningMean, runningVariance], {
      epsilon,
    });
  }
  if (!context.usesBatchStatistics) {
    return normalizeFrozen(graph, name, x, parameters, epsilon);
  }
  assertBatchForTraining(context, name, x.shape);
  const count = sizeOf(x.shape) / channels;
  const batch = normalizeBatch(graph, name, x, parameters, epsilon);
  updateRunningStatistics(context, name, parameters, batch, { count, momentum });
  return batch.y;
}
