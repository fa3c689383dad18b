/**
 * Batches normalised by their own statistics: the arithmetic of BatchNorm in training, without its layer.
 *
 * @module
 */

import { scaleChannels } from "../autodiff/channel_scale.ts";
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
import { type Graph, sizeOf, type Value } from "../onnx/graph.ts";
import { channelAffine } from "../onnx/kernels/channels.ts";

/** What normalised numbers are multiplied with, and what is added. */
export interface AffineParameters {
  /** γ, [C]. */
  readonly gamma: Value;
  /** β, [C]. */
  readonly beta: Value;
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
export function channelDot(graph: Graph, a: Value, b: Value): Value {
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
  { gamma, beta }: AffineParameters,
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
  parameters: AffineParameters,
  epsilon: number,
): NormalizedBatch {
  const { maps, ...statistics } = normalizeMaps(graph, name, [x], parameters, { epsilon });
  return { y: maps[0]!, ...statistics };
}
