/**
 * A 1×1 convolution and the BatchNorm after it as one, through the moments of the input.
 *
 * The statistics of y = W·x follow from those of x: with the batch mean m and the covariance S of x,
 * the mean is W·m and the variance of channel c is w_c·S·w_cᵀ. So the normalised output
 *
 *     ŷ = a·W·(x − m) + β,    a = γ/√(v + ε)
 *
 * is one matrix product, and nothing of the size of the output is read or written besides. With
 * G = Σ dŷ·(x − m)ᵀ, the gradient of the weights that is due in any case, and T = W·S,
 *
 *     dβ = Σ dŷ    d = rowsum(G ⊙ W)    dγ = d/√(v + ε)    k = d/(n·(v + ε))
 *     dW = a·(G − n·k·T)
 *     dx = (aW)ᵀ·dŷ − (aW)ᵀ·(kW)·(x − m) − (aW)ᵀ·dβ/n
 *
 * all of it on the side of the input. Where a layer widens its input sixfold, as in MobileNets, this
 * saves nine passes over its output. A row of ones beside x gives β and Σ dŷ with the products.
 *
 * @module
 */

import {
  add,
  addAll,
  concat,
  fusedMatMul,
  matMul,
  mul,
  neg,
  pad,
  reciprocal,
  reduceMean,
  reduceSum,
  reshape,
  scale,
  slice,
  sqrt,
  sub,
  zeros,
} from "../../onnx/build.ts";
import { channelAffine } from "../../onnx/kernels/channels.ts";
import { type Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { algorithmKey } from "../../onnx/algorithm.ts";
import {
  type AffineParameters,
  normalizeBatch,
  type NormalizedBatch,
  ones,
} from "../normalize_batch.ts";
import { type FeatureMap, joinColumns, splitColumns, wholeMap } from "./column_phases.ts";
import { chwnConvolution } from "./convolution.ts";

/** How many times wider than the input the output must be for the moments of the input to pay. */
const widening = 2;

/** [1, C, H, W, B] less its mean, and a row of ones: [C + 1, H·W·B]. */
function centeredWithOnes(graph: Graph, x: Value, mean: Value): Value {
  const channels = x.shape[1]!;
  const rows = reshape(graph, x, [1, channels, sizeOf(x.shape) / channels]);
  const withOnes = pad(graph, rows, [0, 0, 0, 0, 1, 0], 1);
  const offset = pad(graph, neg(graph, mean), [0, 1]);
  const centered = channelAffine(graph, withOnes, ones(graph, channels + 1), offset);
  return reshape(graph, centered, [channels + 1, rows.shape[2]!]);
}

/** A vector as a column. */
function column(graph: Graph, vector: Value): Value {
  return reshape(graph, vector, [vector.shape[0]!, 1]);
}

function throughMoments(
  graph: Graph,
  name: string,
  x: Value,
  weight: Value,
  { gamma, beta }: AffineParameters,
  { epsilon, phases }: PointwiseOptions,
): NormalizedBatch & { readonly phases: readonly Value[] } {
  const [outChannels, channels] = weight.shape as [number, number];
  const [, , height, width, batch] = x.shape as [number, number, number, number, number];
  const count = height * width * batch;
  const phaseShape = [1, outChannels, height, width / phases, batch];
  const taps = reshape(graph, weight, [outChannels, channels]);
  const rowSums = (a: Value, b: Value) => reduceSum(graph, mul(graph, a, b), [1], false);
  let mean!: Value, variance!: Value;
  let inner!: {
    /** Centred input, by the phases of its columns. */
    parts: Value[];
    along: Value;
    inverseVariance: Value;
    slope: Value;
    sloped: Value;
  };
  const outputs = graph.region(
    `${name} (BatchNorm)`,
    [x, weight, gamma, beta],
    () => {
      const rows = reshape(graph, x, [channels, count]);
      const inputMean = reduceMean(graph, rows, [1], false);
      const centered = centeredWithOnes(graph, x, inputMean);
      const products = fusedMatMul(graph, centered, centered, { transB: true, alpha: 1 / count });
      const covariance = slice(graph, products, [
        { axis: 0, start: 0, end: channels },
        { axis: 1, start: 0, end: channels },
      ]);
      const along = matMul(graph, taps, covariance);
      mean = reshape(graph, matMul(graph, taps, column(graph, inputMean)), [outChannels]);
      variance = rowSums(along, taps);
      const inverseVariance = reciprocal(graph, add(graph, variance, graph.scalar(epsilon)));
      const slope = column(graph, mul(graph, gamma, sqrt(graph, inverseVariance)));
      const sloped = mul(graph, taps, slope);
      const parts = splitColumns(graph, centered, { height, width, batch }, phases);
      inner = { parts, along, inverseVariance, slope, sloped };
      const map = concat(graph, [sloped, column(graph, beta)], 1);
      return parts.map((part) => reshape(graph, matMul(graph, map, part), phaseShape));
    },
    (graph, gradients, needs) => {
      const { parts, along, inverseVariance, slope, sloped } = inner;
      const dys = gradients.map((gradient) =>
        reshape(graph, gradient ?? zeros(graph, phaseShape), [outChannels, count / phases])
      );
      const all = addAll(
        graph,
        dys.map((dy, phase) => fusedMatMul(graph, dy, parts[phase]!, { transB: true })),
      );
      const withInput = slice(graph, all, [{ axis: 1, start: 0, end: channels }]);
      const sum = slice(graph, all, [{ axis: 1, start: channels, end: channels + 1 }]);
      const dot = rowSums(withInput, taps);
      const share = column(graph, mul(graph, dot, inverseVariance));
      const dWeight = mul(graph, sub(graph, withInput, mul(graph, along, share)), slope);
      const dGamma = mul(graph, dot, sqrt(graph, inverseVariance));
      const rest = [reshape(graph, dWeight, weight.shape), dGamma, reshape(graph, sum, beta.shape)];
      if (!needs[0]) return [null, ...rest];
      const back = scale(
        graph,
        concat(graph, [mul(graph, taps, share), sum], 1),
        1 / count,
      );
      const projection = fusedMatMul(graph, sloped, back, { transA: true });
      const dxs = dys.map((dy, phase) =>
        sub(
          graph,
          fusedMatMul(graph, sloped, dy, { transA: true }),
          matMul(graph, projection, parts[phase]!),
        )
      );
      return [joinColumns(graph, dxs, x.shape), ...rest];
    },
  );
  return { y: outputs[0]!, phases: outputs, mean, variance };
}

/** How a 1×1 convolution is normalised. */
export interface PointwiseOptions {
  readonly epsilon: number;
  /** In how many phases the columns of the output are asked for; must divide the width. */
  readonly phases: number;
}

/**
 * BatchNorm by the batch's statistics of a 1×1 convolution without stride, by the algorithm that fits;
 * in one of them the columns come in the phases that are asked for.
 *
 * @param x [1, C, H, W, B].
 * @param weight [outChannels, C, 1, 1].
 */
export function normalizePointwise(
  graph: Graph,
  name: string,
  x: Value,
  weight: Value,
  parameters: AffineParameters,
  options: PointwiseOptions,
): Pick<NormalizedBatch, "mean" | "variance"> & { readonly map: FeatureMap } {
  const [outChannels, channels] = weight.shape as [number, number];
  const algorithm = graph.algorithm({
    key: algorithmKey("normalized convolution", { x: x.shape, weight: weight.shape }, {
      phases: options.phases,
    }),
    candidates: outChannels >= widening * channels
      ? ["moments of the input", "apart"]
      : ["apart", "moments of the input"],
    probe: {
      inputs: [x.shape, weight.shape, [outChannels], [outChannels]],
      build: (graph, [x, weight, gamma, beta]) => {
        const parameters = { gamma: gamma!, beta: beta! };
        return wholeMap(
          graph,
          normalizePointwise(graph, name, x!, weight!, parameters, options).map,
        );
      },
      differentiate: true,
    },
  });
  if (algorithm === "moments of the input") {
    const { y, phases, ...statistics } = throughMoments(
      graph,
      name,
      x,
      weight,
      parameters,
      options,
    );
    return { map: options.phases > 1 ? { phases } : y, ...statistics };
  }
  const window = { kernel: 1, stride: 1, padding: 0, groups: 1 };
  const { y, ...statistics } = normalizeBatch(
    graph,
    name,
    chwnConvolution(graph, x, weight, window),
    parameters,
    options.epsilon,
  );
  return { map: y, ...statistics };
}
