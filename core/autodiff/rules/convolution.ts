/**
 * Gradient rules of convolution, over any number of spatial axes and groups.
 *
 * y[o] = Σ_t w[t] · x[o · stride + t · dilation − pad]
 *
 * - dX without stride is a convolution of dY with the flipped kernel. With a stride, the pixels of
 *   dX fall into stride^d phases, each a small convolution with the taps that reach it; the phases
 *   are interleaved. No multiplication by an inserted zero is done (ConvTranspose does, and is
 *   five times slower here).
 * - dW[t] = Σ dY · (the pixels of x that tap t saw)ᵀ: matrix products by group, for each tap or for
 *   all at once, summed over the batch axis where it is longer than 1. The form is a lowering.
 *
 * @module
 */

import { GraphError } from "../../errors.ts";
import {
  concat,
  fusedMatMul,
  matMul,
  pad,
  reduceSum,
  reshape,
  slice,
  transpose,
  zeros,
} from "../../onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { loweringKey } from "../../onnx/lowering.ts";
import type { WindowAttributes } from "../../onnx/op.ts";
import { completeWindow } from "../../onnx/shape.ts";
import { notDifferentiable, type VjpRules } from "../vjp.ts";
import { depthwiseForms, depthwiseWeightGradient } from "./depthwise_weight_gradient.ts";
import { kernelTaps } from "./kernel_taps.ts";

/** A convolution's parameters, complete. */
interface ConvolutionGeometry {
  readonly group: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

function geometryOf(
  weight: Value,
  attributes: WindowAttributes & { readonly group?: number },
): ConvolutionGeometry {
  const kernel = weight.shape.slice(2);
  return {
    group: attributes.group ?? 1,
    kernel,
    ...completeWindow(attributes, kernel.length),
  };
}

/** One axis of one phase of dX: which taps reach it and how far the gradient is padded. */
interface AxisPhase {
  /** Taps in flipped order. */
  readonly taps: readonly number[];
  readonly padBegin: number;
  readonly padEnd: number;
}

/**
 * Phases of one axis. Pixel i = stride · q + phase receives tap t where i + pad − t · dilation is a
 * multiple of the stride; without a stride there is one phase with all taps.
 */
function axisPhases(geometry: ConvolutionGeometry, axis: number, length: number, out: number) {
  const kernel = geometry.kernel[axis]!, stride = geometry.strides[axis]!;
  const begin = geometry.pads[axis]!, dilation = geometry.dilations[axis]!;
  if (stride === 1) {
    const padBegin = dilation * (kernel - 1) - begin;
    const taps = [...Array(kernel).keys()].reverse();
    return [{ taps, padBegin, padEnd: length - out - padBegin + dilation * (kernel - 1) }];
  }
  const positions = Math.ceil(length / stride);
  return [...Array(stride).keys()].map((phase): AxisPhase => {
    const remainder = (phase + begin) % stride;
    const shift = (phase + begin - remainder) / stride;
    const taps: number[] = [];
    for (let tap = remainder; tap < kernel; tap += stride) taps.unshift(tap);
    const padBegin = taps.length - 1 - shift;
    return { taps, padBegin, padEnd: positions - out - padBegin + taps.length - 1 };
  });
}

/** The chosen taps of a kernel with input and output channels exchanged within each group. */
function transposedKernel(
  graph: Graph,
  weight: Value,
  group: number,
  phases: readonly AxisPhase[],
): Value {
  const [outChannels, groupIn, ...kernel] = weight.shape as [number, number, ...number[]];
  const all = sizeOf(kernel);
  const chosen = kernelTaps(phases.map((phase) => phase.taps.length)).map((at) =>
    at.reduce((flat, index, axis) => flat * kernel[axis]! + phases[axis]!.taps[index]!, 0)
  );
  const whole = reshape(graph, weight, [group, outChannels / group, groupIn, all]);
  let taps: Value;
  if (chosen.length === all && chosen.every((tap, index) => tap === index)) {
    taps = transpose(graph, whole, [0, 2, 1, 3]);
  } else {
    // As a product with a selection of taps, which exchanges the channels on the way: several times
    // as fast as a Gather of single numbers and a Transpose.
    const selection = new Float32Array(all * chosen.length);
    chosen.forEach((tap, index) => selection[tap * chosen.length + index] = 1);
    const select = graph.constant("float32", [1, all, chosen.length], selection);
    taps = group === 1
      ? fusedMatMul(graph, reshape(graph, weight, [outChannels, groupIn, all]), select, {
        transBatchA: true,
      })
      : matMul(graph, transpose(graph, whole, [0, 2, 1, 3]), select);
  }
  return reshape(graph, taps, [
    group * groupIn,
    outChannels / group,
    ...phases.map((phase) => phase.taps.length),
  ]);
}

/** Gradient of the input. */
function inputGradient(
  graph: Graph,
  x: Value,
  weight: Value,
  geometry: ConvolutionGeometry,
  gradient: Value,
): Value {
  const { group, strides, dilations } = geometry;
  const rank = strides.length;
  strides.forEach((stride, axis) => {
    if (stride > 1 && dilations[axis]! > 1) {
      throw new GraphError(
        "Conv with both a stride and a dilation on one axis has no gradient rule",
      );
    }
  });
  const phases = strides.map((_, axis) =>
    axisPhases(geometry, axis, x.shape[axis + 2]!, gradient.shape[axis + 2]!)
  );
  const positions = x.shape.slice(2).map((length, axis) => Math.ceil(length / strides[axis]!));
  const phaseShape = [x.shape[0]!, x.shape[1]!, ...positions];

  /** One phase, given by its number on each axis. */
  function onePhase(numbers: readonly number[]): Value {
    const axes = numbers.map((number, axis) => phases[axis]![number]!);
    if (axes.some((axis) => axis.taps.length === 0)) return zeros(graph, phaseShape);
    const pads = [...axes.map((axis) => axis.padBegin), ...axes.map((axis) => axis.padEnd)];
    const crops = pads.map((amount) => Math.min(amount, 0));
    const cropped = pad(graph, gradient, [
      0,
      0,
      ...crops.slice(0, rank),
      0,
      0,
      ...crops.slice(rank),
    ]);
    return graph.node(
      "Conv",
      [cropped, transposedKernel(graph, weight, group, axes)],
      { pads: pads.map((amount) => Math.max(amount, 0)), dilations, group },
    );
  }

  /** All phases of the axes from `axis` on, interleaved. */
  function interleave(numbers: readonly number[], axis: number): Value {
    if (axis === rank) return onePhase(numbers);
    const parts = phases[axis]!.map((_, number) => interleave([...numbers, number], axis + 1));
    if (parts.length === 1) return parts[0]!;
    const shape = parts[0]!.shape;
    const at = axis + 2;
    const open = [...shape.slice(0, at + 1), 1, ...shape.slice(at + 1)];
    const joined = concat(graph, parts.map((part) => reshape(graph, part, open)), at + 1);
    const merged = shape.map((length, other) => other === at ? length * parts.length : length);
    return reshape(graph, joined, merged);
  }

  const whole = interleave([], 0);
  return slice(graph, whole, x.shape.map((length, axis) => ({ axis, start: 0, end: length })));
}

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

/** The forms that fit, the one that is usually fastest first. */
function weightGradientForms(
  x: Value,
  weight: Value,
  gradient: Value,
  geometry: ConvolutionGeometry,
): [string, ...string[]] {
  const [batch, channels] = x.shape as [number, number];
  const outChannels = weight.shape[0]!;
  if (geometry.group === channels && outChannels === channels && channels > 1) {
    return depthwiseForms(x, gradient, geometry);
  }
  if (geometry.group > 1) return ["taps"];
  // One product over the columns of all taps reads dY once and sums over the batch once. With the
  // batch innermost there is no sum over it, and many channels fill a product by themselves.
  const joined: [string, string] = outChannels <= fewOutputs
    ? ["joined columns", "joined rows"]
    : ["joined rows", "joined columns"];
  return batch > 1 || channels <= fewChannels ? [...joined, "taps"] : ["taps", ...joined];
}

/** Gradient of the weight. */
function weightGradient(
  graph: Graph,
  x: Value,
  weight: Value,
  geometry: ConvolutionGeometry,
  gradient: Value,
): Value {
  const { group, kernel, strides, pads, dilations } = geometry;
  const form = graph.lowering({
    key: loweringKey(
      "weight gradient",
      { x: x.shape, weight: weight.shape, dy: gradient.shape },
      { group, strides, pads, dilations },
    ),
    candidates: weightGradientForms(x, weight, gradient, geometry),
    probe: {
      inputs: [x.shape, weight.shape, gradient.shape],
      build: (graph, [x, weight, dy]) => weightGradient(graph, x!, weight!, geometry, dy!),
      differentiate: false,
    },
  });
  if (form === "pixels" || form === "rows") {
    return depthwiseWeightGradient(graph, x, gradient, geometry, form);
  }
  const rank = kernel.length;
  const [batch, channels] = x.shape as [number, number];
  const outChannels = weight.shape[0]!;
  const out = gradient.shape.slice(2);
  const pixels = sizeOf(out);
  const padded = pad(graph, x, [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)]);
  const sides = batch * group === 1 ? [] : [batch * group];
  const dy = reshape(graph, gradient, [...sides, outChannels / group, pixels]);
  const columns = seenByTaps(graph, padded, geometry, out, [...sides, channels / group, pixels]);
  const overBatch = (each: Value) =>
    batch > 1
      ? reduceSum(graph, reshape(graph, each, [batch, sizeOf(each.shape) / batch]), [0])
      : each;
  if (form === "taps") {
    const products = columns.map((column) =>
      reshape(
        graph,
        overBatch(fusedMatMul(graph, dy, column, { transB: true })),
        [outChannels, 1, channels / group],
      )
    );
    return reshape(graph, transpose(graph, concat(graph, products, 1), [0, 2, 1]), weight.shape);
  }
  const all = concat(graph, columns, sides.length);
  const taps = columns.length;
  if (form === "joined columns") {
    const joined = overBatch(fusedMatMul(graph, all, dy, { transB: true }));
    const apart = reshape(graph, joined, [taps, channels, outChannels]);
    return reshape(graph, transpose(graph, apart, [2, 1, 0]), weight.shape);
  }
  const joined = overBatch(fusedMatMul(graph, dy, all, { transB: true }));
  const apart = reshape(graph, joined, [outChannels, taps, channels]);
  return reshape(graph, transpose(graph, apart, [0, 2, 1]), weight.shape);
}

/** Rules by operator. */
export const convolutionRules: VjpRules<"Conv" | "ConvTranspose"> = {
  Conv: ({ graph, inputs: [x, weight, bias], attributes, gradient, needs }) => {
    const geometry = geometryOf(weight!, attributes);
    const axes = gradient.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const result = [
      needs[0] ? inputGradient(graph, x!, weight!, geometry, gradient) : null,
      needs[1] ? weightGradient(graph, x!, weight!, geometry, gradient) : null,
    ];
    if (bias) result.push(needs[2] ? reduceSum(graph, gradient, axes, false) : null);
    return result;
  },
  ConvTranspose: notDifferentiable("no student has one; Conv's own gradient does not use it"),
};
