/**
 * Gradient of a convolution's input.
 *
 * Without stride it is a convolution of dY with the flipped kernel. With a stride, the pixels of dX
 * fall into stride^d phases, each a small convolution with the taps that reach it; the phases are
 * interleaved. No multiplication by an inserted zero is done (ConvTranspose does, and is five times
 * slower here).
 *
 * @module
 */

import { GraphError } from "../../errors.ts";
import { blockedConvolution, blocksPay, fitsBlocks } from "../../onnx/kernels/blocked_channels.ts";
import {
  concat,
  fusedMatMul,
  matMul,
  pad,
  reshape,
  slice,
  transpose,
  zeros,
} from "../../onnx/build.ts";
import { type Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { algorithmKey } from "../../onnx/algorithm.ts";
import type { OpAttributes } from "../../onnx/op.ts";
import { winogradInputGradient, winogradPays } from "../../onnx/kernels/winograd.ts";
import { type ConvolutionGeometry, joinedMap, joinsBatch } from "./convolution_geometry.ts";
import { kernelTaps } from "./kernel_taps.ts";

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

/** A convolution without a stride. */
function strideless(
  graph: Graph,
  x: Value,
  kernel: Value,
  window: OpAttributes["Conv"],
  blocked: boolean,
): Value {
  return blocked
    ? blockedConvolution(graph, x, kernel, window)
    : graph.node("Conv", [x, kernel], window);
}

/** Each phase by the taps that reach it. */
function byPhases(
  graph: Graph,
  x: Value,
  weight: Value,
  geometry: ConvolutionGeometry,
  gradient: Value,
  blocked: boolean,
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
    const seesNothing = crops.slice(0, rank).some((begin, axis) =>
      gradient.shape[axis + 2]! + begin + crops[rank + axis]! <= 0
    );
    if (seesNothing) return zeros(graph, phaseShape);
    const cropped = pad(graph, gradient, [
      0,
      0,
      ...crops.slice(0, rank),
      0,
      0,
      ...crops.slice(rank),
    ]);
    const kernel = transposedKernel(graph, weight, group, axes);
    const window = { pads: pads.map((amount) => Math.max(amount, 0)), dilations, group };
    if (!joinsBatch(geometry)) return strideless(graph, cropped, kernel, window, blocked);
    const [images, channels, height, width, batch] = cropped.shape as [
      number,
      number,
      number,
      number,
      number,
    ];
    const [top, left, , bottom, right] = window.pads as [number, number, number, number, number];
    const joined = strideless(
      graph,
      reshape(graph, cropped, [images, channels, height, width * batch]),
      reshape(graph, kernel, kernel.shape.slice(0, 4)),
      {
        pads: [top, left * batch, bottom, right * batch],
        dilations: [dilations[0]!, dilations[1]! * batch],
        group,
      },
      blocked,
    );
    return reshape(graph, joined, phaseShape);
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

/** Channels from which Winograd's algorithm pays on maps that fit into the caches. */
const fewestChannels = 20;

/** The algorithms that fit, the one that is usually fastest first. */
function inputGradientForms(
  graph: Graph,
  x: Value,
  weight: Value,
  geometry: ConvolutionGeometry,
): [string, ...string[]] {
  const { group, kernel, strides } = geometry;
  // The channels that go in come out.
  const [outChannels, channels, ...taps] = weight.shape as [number, number, ...number[]];
  const exchanged = group === 1 ? [channels, outChannels, ...taps] : weight.shape;
  const joinable = joinsBatch(geometry) ? exchanged.slice(0, 4) : exchanged;
  const pays = blocksPay(sizeOf(kernel) / sizeOf(strides), group);
  const phases = !fitsBlocks(graph, joinable, group)
    ? ["phases"]
    : pays
    ? ["blocked phases", "phases"]
    : ["phases", "blocked phases"];
  const map = joinedMap(x, geometry);
  const fits = map !== undefined && Math.min(map.height, map.width) >= 3;
  const fewer = fits && winogradPays(weight.shape, map, fewestChannels);
  const algorithms = fewer ? ["winograd", ...phases] : [...phases, ...(fits ? ["winograd"] : [])];
  return algorithms as [string, ...string[]];
}

/** Gradient of the input, of its shape. */
export function convolutionInputGradient(
  graph: Graph,
  x: Value,
  weight: Value,
  geometry: ConvolutionGeometry,
  gradient: Value,
): Value {
  const { group, strides, pads, dilations } = geometry;
  const algorithm = graph.algorithm({
    key: algorithmKey(
      "input gradient",
      { x: x.shape, weight: weight.shape, dy: gradient.shape },
      { group, strides, pads, dilations },
    ),
    candidates: inputGradientForms(graph, x, weight, geometry),
    probe: {
      inputs: [x.shape, weight.shape, gradient.shape],
      build: (graph, [x, weight, dy]) =>
        convolutionInputGradient(graph, x!, weight!, geometry, dy!),
      differentiate: false,
    },
  });
  return algorithm === "winograd"
    ? winogradInputGradient(graph, gradient, weight, joinedMap(x, geometry)!)
    : byPhases(graph, x, weight, geometry, gradient, algorithm === "blocked phases");
}
