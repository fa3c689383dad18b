/**
 * Gradient of a convolution's weight.
 *
 * dW[t] = Σ dY · (the pixels of x that tap t saw)ᵀ: matrix products by group, for each tap or for all
 * at once, summed over the batch axis where it is longer than 1. Shapes decide which algorithm fits.
 *
 * @module
 */

import {
  concat,
  fusedMatMul,
  pad,
  reduceSum,
  reshape,
  slice,
  transpose,
} from "../../onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { algorithmKey } from "../../onnx/algorithm.ts";
import { winogradWeightGradient } from "../../onnx/kernels/winograd.ts";
import { type ConvolutionGeometry, joinedMap, joinsBatch } from "./convolution_geometry.ts";
import { depthwiseAlgorithms, depthwiseWeightGradient } from "./depthwise_weight_gradient.ts";
import { gatheredColumns } from "./gathered_columns.ts";
import { kernelTaps } from "./kernel_taps.ts";

/**
 * What each tap saw of the padded input, [sides.., channels / groups, pixels] each. With a stride
 * the input is first parted into phases, so that each pixel is picked out once and not for each of
 * the taps that see it.
 */
function seenByTaps(
  graph: Graph,
  padded: Value,
  { kernel, strides, dilations }: ConvolutionGeometry,
  out: readonly number[],
  shape: readonly number[],
): Value[] {
  const phases = new Map<string, Value>();
  return kernelTaps(kernel).map((tap) => {
    const starts = tap.map((at, axis) => at * dilations[axis]!);
    const remainders = starts.map((start, axis) => start % strides[axis]!);
    const key = remainders.join();
    const phase = phases.get(key) ?? slice(
      graph,
      padded,
      remainders.map((start, axis) => {
        const at = axis + 2;
        return { axis: at, start, end: padded.shape[at]!, step: strides[axis]! };
      }),
    );
    phases.set(key, phase);
    const seen = slice(
      graph,
      phase,
      starts.map((begin, axis) => {
        const start = (begin - remainders[axis]!) / strides[axis]!;
        return { axis: axis + 2, start, end: start + out[axis]! };
      }),
    );
    return reshape(graph, seen, shape);
  });
}

/**
 * Number of channels up to which the columns of all taps are worth joining even if there is no sum
 * over the batch: a product of few rows leaves the processor idle.
 */
const fewChannels = 16;
/** Number of output channels up to which the long operand is better first. */
const fewOutputs = 128;

/** Fewest channels on both sides for which four times fewer products pay for the transforms. */
const manyChannels = 8;

/** The algorithms that fit, the one that is usually fastest first. */
function weightGradientForms(
  x: Value,
  weight: Value,
  gradient: Value,
  geometry: ConvolutionGeometry,
): [string, ...string[]] {
  const [batch, channels] = x.shape as [number, number];
  const outChannels = weight.shape[0]!;
  if (geometry.group === channels && outChannels === channels && channels > 1) {
    return depthwiseAlgorithms(x, gradient, geometry);
  }
  if (geometry.group > 1) return ["taps"];
  // One product over the columns of all taps reads dY once and sums over the batch once. With the
  // batch innermost there is no sum over it, and many channels fill a product by themselves.
  const joined: [string, string] = outChannels <= fewOutputs
    ? ["joined columns", "joined rows"]
    : ["joined rows", "joined columns"];
  const plain: [string, ...string[]] = batch > 1 || channels <= fewChannels
    ? [...joined, "taps"]
    : ["taps", ...joined];
  const map = joinedMap(x, geometry);
  if (!map || Math.min(map.height, map.width) < 3) return plain;
  return Math.min(channels, outChannels) >= manyChannels
    ? ["winograd", ...plain]
    : [...plain, "winograd"];
}

/** Gradient of the weight, of its shape. */
export function convolutionWeightGradient(
  graph: Graph,
  x: Value,
  weight: Value,
  geometry: ConvolutionGeometry,
  gradient: Value,
): Value {
  const { group, kernel, strides, pads, dilations } = geometry;
  const algorithm = graph.algorithm({
    key: algorithmKey(
      "weight gradient",
      { x: x.shape, weight: weight.shape, dy: gradient.shape },
      { group, strides, pads, dilations },
    ),
    candidates: weightGradientForms(x, weight, gradient, geometry),
    probe: {
      inputs: [x.shape, weight.shape, gradient.shape],
      build: (graph, [x, weight, dy]) =>
        convolutionWeightGradient(graph, x!, weight!, geometry, dy!),
      differentiate: false,
    },
  });
  if (algorithm === "pixels" || algorithm === "rows" || algorithm === "row groups") {
    return depthwiseWeightGradient(graph, x, gradient, geometry, algorithm);
  }
  if (algorithm === "winograd") {
    return winogradWeightGradient(graph, x, gradient, weight.shape, joinedMap(x, geometry)!);
  }
  const rank = kernel.length;
  const [batch, channels] = x.shape as [number, number];
  const outChannels = weight.shape[0]!;
  const out = gradient.shape.slice(2);
  const pixels = sizeOf(out);
  const padded = pad(graph, x, [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)]);
  const sides = batch * group === 1 ? [] : [batch * group];
  const dy = reshape(graph, gradient, [...sides, outChannels / group, pixels]);
  const gathers = joinsBatch(geometry) && batch * group === 1 && strides[1]! > 1;
  const columns = () =>
    seenByTaps(graph, padded, geometry, out, [...sides, channels / group, pixels]);
  const overBatch = (each: Value) =>
    batch > 1
      ? reduceSum(graph, reshape(graph, each, [batch, sizeOf(each.shape) / batch]), [0])
      : each;
  if (algorithm === "taps") {
    const products = columns().map((column) =>
      reshape(
        graph,
        overBatch(fusedMatMul(graph, dy, column, { transB: true })),
        [outChannels, 1, channels / group],
      )
    );
    return reshape(graph, transpose(graph, concat(graph, products, 1), [0, 2, 1]), weight.shape);
  }
  const all = gathers
    ? gatheredColumns(graph, padded, geometry, out)[0]![0]!
    : concat(graph, columns(), sides.length);
  const taps = sizeOf(kernel);
  if (algorithm === "joined columns") {
    const joined = overBatch(fusedMatMul(graph, all, dy, { transB: true }));
    const apart = reshape(graph, joined, [taps, channels, outChannels]);
    return reshape(graph, transpose(graph, apart, [2, 1, 0]), weight.shape);
  }
  const joined = overBatch(fusedMatMul(graph, dy, all, { transB: true }));
  const apart = reshape(graph, joined, [outChannels, taps, channels]);
  return reshape(graph, transpose(graph, apart, [0, 2, 1]), weight.shape);
}
