/**
 * Convolutions whose pixels come out in phases: each phase is a tensor of every n-th row and column.
 *
 * A pooling with a stride reads such phases. Where the convolution before gives them, nothing is
 * split on the way there, and nothing interleaved on the way back.
 *
 * @module
 */

import { channelScaleOf } from "../../autodiff/channel_scale.ts";
import { geometryOf } from "../../autodiff/rules/convolution_geometry.ts";
import { convolutionInputGradient } from "../../autodiff/rules/convolution_input_gradient.ts";
import { gatheredColumns } from "../../autodiff/rules/gathered_columns.ts";
import { addAll, fusedMatMul, mul, pad, reduceSum, reshape, transpose } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { outputLength, outputSize, type SquareWindow } from "../window.ts";

/** Window of a convolution without groups, and the phases of its output. */
export interface PhasedWindow extends SquareWindow {
  /** Phases along either axis. */
  readonly phases: number;
}

/** Whether the output of a convolution over [1, C, H, W, B] falls into so many phases. */
export function fitsPhases(shape: readonly number[], window: PhasedWindow): boolean {
  const { stride, padding, phases } = window;
  return padding >= (phases - 1) * stride &&
    outputSize(shape, window).every((out) => out > 0 && out % phases === 0);
}

/** Padding of an axis for the phase that begins at output `first`. */
function padsOf(length: number, window: PhasedWindow, first: number): [number, number] {
  const { kernel, stride, padding, phases } = window;
  const last = outputLength(length, window) - phases + first;
  const end = last * stride - padding + kernel;
  return [padding - first * stride, Math.max(0, end - length)];
}

/**
 * A convolution.
 *
 * @param x [1, C, H, W, B], such that {@linkcode fitsPhases}.
 * @param weight [outChannels, C, kernel, kernel].
 * @param bias [outChannels].
 * @returns `[r · phases + c]` holds the output's rows r, r + phases, … and columns c, c + phases, …:
 * [1, outChannels, H' / phases, W' / phases, B] each.
 */
export function phasedPixels(
  graph: Graph,
  x: Value,
  weight: Value,
  bias: Value,
  window: PhasedWindow,
): Value[] {
  const [, , height, width] = x.shape as [number, number, number, number, number];
  const [outChannels, channels] = weight.shape as [number, number];
  const { kernel, stride, padding, phases } = window;
  const taps = reshape(graph, weight, [...weight.shape, 1]);
  const numbers = [...Array(phases).keys()];
  const windows = numbers.flatMap((row) =>
    numbers.map((column) => {
      const rows = padsOf(height, window, row), columns = padsOf(width, window, column);
      return {
        strides: [phases * stride, phases * stride, 1],
        pads: [rows[0], columns[0], 0, rows[1], columns[1], 0],
      };
    })
  );
  return graph.region(
    "convolution in phases",
    [x, taps, bias],
    () => windows.map((window) => graph.node("Conv", [x, taps, bias], window)),
    (graph, gradients, needs) => {
      const dx = !needs[0] ? null : addAll(
        graph,
        gradients.flatMap((gradient, phase) =>
          gradient
            ? [
              convolutionInputGradient(graph, x, taps, geometryOf(taps, windows[phase]!), gradient),
            ]
            : []
        ),
      );
      const dBias = !needs[2] ? null : addAll(
        graph,
        gradients.flatMap((dy) => dy ? [reduceSum(graph, dy, [0, 2, 3, 4], false)] : []),
      );
      if (!needs[1]) return [dx, null, dBias];
      const pads = [padding, padding, 0, padding, padding, 0];
      const geometry = geometryOf(taps, { strides: [stride, stride, 1], pads });
      const padded = pad(graph, x, [0, 0, ...pads.slice(0, 3), 0, 0, ...pads.slice(3)]);
      const out = outputSize(x.shape, window);
      const columns = gatheredColumns(graph, padded, geometry, out, phases).flat();
      // One scale of all phases goes to the weight's rows.
      const scales = gradients.map((gradient) => gradient && channelScaleOf(graph, gradient));
      const factor = scales[0]?.factor;
      const scaled = factor !== undefined && scales.every((scale) => scale?.factor === factor);
      const products = gradients.flatMap((gradient, phase) => {
        if (!gradient) return [];
        const dy = scaled ? scales[phase]!.value : gradient;
        const rows = reshape(graph, dy, [outChannels, columns[phase]!.shape[1]!]);
        return [fusedMatMul(graph, columns[phase]!, rows, { transB: true })];
      });
      const joined = reshape(graph, addAll(graph, products), [kernel ** 2, channels, outChannels]);
      const dTaps = reshape(graph, transpose(graph, joined, [2, 1, 0]), taps.shape);
      if (!scaled) return [dx, dTaps, dBias];
      return [dx, mul(graph, dTaps, reshape(graph, factor, [outChannels, 1, 1, 1, 1])), dBias];
    },
  );
}
