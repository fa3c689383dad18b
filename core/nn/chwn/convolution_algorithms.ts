/**
 * Algorithms of the convolution in the layout `chwn`, [1, C, H, W, B].
 *
 * ONNX Runtime has fast paths for two spatial axes and a slow general one for three, so the batch
 * is joined with the columns wherever the window allows it.
 *
 * @module
 */

import { convolutionGradients } from "../../autodiff/rules/convolution.ts";
import { add, concat, reduceSum, reshape, slice } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { blockedConvolution } from "../../onnx/kernels/blocked_channels.ts";
import {
  cheaperSide,
  winogradConvolution,
  winogradInputGradient,
  winogradWeightGradient,
} from "../../onnx/kernels/winograd.ts";
import type { OpAttributes } from "../../onnx/op.ts";
import { type ConvolutionWindow, outputLength } from "../window.ts";
import { type FeatureMap, inPhases, shapeOfMap, splitColumns } from "./column_phases.ts";
import { throughDilatedPhases } from "./dilated_phases.ts";

/** An algorithm of a convolution whose gradients are those of any other algorithm. */
function asConvolution(
  graph: Graph,
  name: string,
  [x, weight, bias]: readonly [Value, Value, (Value | undefined)?],
  window: OpAttributes["Conv"],
  forward: () => Value,
): Value {
  return graph.region(
    name,
    bias ? [x, weight, bias] : [x, weight],
    () => [forward()],
    (graph, [gradient], needs) => [
      ...convolutionGradients(graph, [x, weight], window, gradient!, needs),
      ...(bias ? [needs[2] ? reduceSum(graph, gradient!, [0, 2, 3], false) : null] : []),
    ],
  )[0]!;
}

/**
 * Without a stride along the columns: over [1, C, H, W·B], where the next column is B numbers
 * away. A dilation of B says so; the padding is of whole columns. `blocked`: by way of the runtime's
 * blocked layout.
 */
export function joinedColumns(
  graph: Graph,
  x: Value,
  weight: Value,
  { bias, rowStride, rowPads, columnPads, dilation = 1, groups, blocked }: {
    bias: Value | undefined;
    rowStride: number;
    rowPads: readonly [number, number];
    columnPads: readonly [number, number];
    dilation?: number;
    groups: number;
    blocked: boolean;
  },
): Value {
  const [, channels, height, width, batch] = x.shape as [number, number, number, number, number];
  const joined = reshape(graph, x, [1, channels, height, width * batch]);
  const window = {
    strides: [rowStride, 1],
    pads: [rowPads[0], columnPads[0] * batch, rowPads[1], columnPads[1] * batch],
    dilations: [dilation, dilation * batch],
    group: groups,
  };
  const y = blocked
    ? asConvolution(
      graph,
      "blocked convolution",
      [joined, weight, bias],
      window,
      () => blockedConvolution(graph, joined, weight, window, bias),
    )
    : graph.node("Conv", [joined, weight, ...(bias ? [bias] : [])], window);
  const [, outChannels, outHeight, outColumns] = y.shape as [number, number, number, number];
  return reshape(graph, y, [1, outChannels, outHeight, outColumns / batch, batch]);
}

/**
 * With a stride: columns fall into `stride` phases, each of which meets every stride-th tap of a
 * row without a stride, so the result is a sum of one convolution for each phase.
 */
export function columnPhases(
  graph: Graph,
  map: FeatureMap,
  weight: Value,
  bias: Value | undefined,
  window: ConvolutionWindow,
  blocked: boolean,
): Value {
  const { kernel, stride, padding, groups } = window;
  const [, channels, height, width, batch] = shapeOfMap(map) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const shape = [1, channels, height, width / stride, batch];
  const size = { height, width, batch };
  const phases = inPhases(map)
    ? map.phases
    : splitColumns(graph, reshape(graph, map, [channels, height, width, batch]), size, stride)
      .map((phase) => reshape(graph, phase, shape));
  const outWidth = outputLength(width, window);
  const tapsOf = (number: number) =>
    [...Array(kernel).keys()].filter((tap) => (tap - padding - number) % stride === 0);
  // A kernel that is shorter than the stride leaves phases out.
  const firstSeen = phases.findIndex((_, number) => tapsOf(number).length > 0);
  const parts = phases.flatMap((phase, number) => {
    const taps = tapsOf(number);
    if (taps.length === 0) return [];
    // Tap t of output column o reads column o·stride + t − padding: number o + shift of its phase.
    const shift = (taps[0]! - padding - number) / stride;
    const part = taps.length === kernel ? weight : concat(
      graph,
      taps.map((tap) => slice(graph, weight, [{ axis: 3, start: tap, end: tap + 1 }])),
      3,
    );
    const begin = -shift;
    const end = outWidth + taps.length - 1 - width / stride - begin;
    const crop = slice(graph, phase, [{
      axis: 3,
      start: Math.max(-begin, 0),
      end: width / stride + Math.min(end, 0),
    }]);
    return [joinedColumns(graph, crop, part, {
      bias: number === firstSeen ? bias : undefined,
      rowStride: stride,
      rowPads: [padding, padding],
      columnPads: [Math.max(begin, 0), Math.max(end, 0)],
      groups,
      blocked,
    })];
  });
  return parts.reduce((total, part) => add(graph, total, part));
}

/** 3×3 without stride with fewer multiplications; its gradients have algorithms of their own. */
export function winograd(graph: Graph, x: Value, weight: Value): Value {
  const [, channels, height, width, batch] = x.shape as [number, number, number, number, number];
  const joined = reshape(graph, x, [1, channels, height, width * batch]);
  const window = { pads: [1, batch, 1, batch], dilations: [1, batch] };
  const y = asConvolution(
    graph,
    "Winograd convolution",
    [joined, weight],
    window,
    () => winogradConvolution(graph, joined, weight, { height, width, batch }),
  );
  return reshape(graph, y, [1, weight.shape[0]!, height, width, batch]);
}

/**
 * A dilated 3×3 convolution that keeps the size of its map, with fewer multiplications: Winograd's over the
 * sub-maps of every `dilation`-th row and column. Its gradients go the same way.
 */
export function dilatedWinograd(
  graph: Graph,
  x: Value,
  weight: Value,
  window: ConvolutionWindow,
): Value {
  return throughDilatedPhases(graph, x, window, (map) => {
    const [, , height, width, batch] = map.shape as [number, number, number, number, number];
    const size = { height, width, batch, side: cheaperSide({ height, width }) };
    const y = graph.region(
      "Winograd convolution of sub-maps",
      [map, weight],
      () => [winogradConvolution(graph, map, weight, size)],
      (graph, [dy], needs) => [
        needs[0]
          ? reshape(graph, winogradInputGradient(graph, dy!, weight, size), map.shape)
          : null,
        needs[1] ? winogradWeightGradient(graph, map, dy!, weight.shape, size) : null,
      ],
    )[0]!;
    return reshape(graph, y, [1, weight.shape[0]!, height, width, batch]);
  });
}

/** The runtime's convolution of three axes, the last of which is the batch. */
export function volume(
  graph: Graph,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  { stride, padding, groups, dilation = 1 }: ConvolutionWindow,
): Value {
  const taps = reshape(graph, weight, [...weight.shape, 1]);
  return graph.node("Conv", [x, taps, ...(bias ? [bias] : [])], {
    strides: [stride, stride, 1],
    pads: [padding, padding, 0, padding, padding, 0],
    ...(dilation === 1 ? {} : { dilations: [dilation, dilation, 1] }),
    group: groups,
  });
}
