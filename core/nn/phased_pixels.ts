/**
 * Convolutions whose pixels come out in phases: each phase is a tensor of every n-th row and column.
 *
 * A pooling with a stride reads such phases. Where the convolution before gives them, nothing is
 * split on the way there, and nothing interleaved on the way back.
 *
 * @module
 */

import { channelScaleOf } from "../autodiff/channel_scale.ts";
import { geometryOf } from "../autodiff/rules/convolution_geometry.ts";
import { convolutionInputGradient } from "../autodiff/rules/convolution_input_gradient.ts";
import { gatheredColumns } from "../autodiff/rules/gathered_columns.ts";
import {
  addAll,
  fusedMatMul,
  matMul,
  mul,
  neg,
  pad,
  reshape,
  scale,
  transpose,
} from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/** Window of a square convolution without groups, and the phases of its output. */
export interface PhasedWindow {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  /** Phases along either axis. */
  readonly phases: number;
}

/** Rows or columns of the whole output. */
export function outputLength(
  length: number,
  { kernel, stride, padding }: Omit<PhasedWindow, "phases">,
): number {
  return Math.floor((length + 2 * padding - kernel) / stride) + 1;
}

/** Whether the output of a convolution over [1, C, H, W, B] falls into so many phases. */
export function fitsPhases(shape: readonly number[], window: PhasedWindow): boolean {
  const { stride, padding, phases } = window;
  return padding >= (phases - 1) * stride &&
    [shape[2]!, shape[3]!].every((length) => {
      const out = outputLength(length, window);
      return out > 0 && out % phases === 0;
    });
}

/** Padding of an axis for the phase that begins at output `first`. */
function padsOf(length: number, window: PhasedWindow, first: number): [number, number] {
  const { kernel, stride, padding, phases } = window;
  const last = outputLength(length, window) - phases + first;
  const end = last * stride - padding + kernel;
  return [padding - first * stride, Math.max(0, end - length)];
}

/** 1 where a tap sees a number of an axis, [kernel, length · repeats]: each number stands `repeats` times. */
function tapsOfAxis(length: number, window: PhasedWindow, repeats: number): Float32Array {
  const { kernel, stride, padding } = window;
  const seen = new Float32Array(kernel * length * repeats);
  for (let tap = 0; tap < kernel; tap++) {
    for (let out = 0; out < outputLength(length, window); out++) {
      const at = out * stride + tap - padding;
      if (at < 0 || at >= length) continue;
      const begin = (tap * length + at) * repeats;
      seen.fill(1, begin, begin + repeats);
    }
  }
  return seen;
}

/**
 * Mean of a convolution's output, [outChannels], from the sums of what each tap sees of the input: where
 * that is much smaller than the output, it is cheaper.
 */
function meanOfConvolution(graph: Graph, x: Value, weight: Value, window: PhasedWindow): Value {
  const [, channels, height, width, batch] = x.shape as [number, number, number, number, number];
  const { kernel } = window;
  const taps = (length: number, repeats: number) =>
    graph.constant(
      "float32",
      [kernel, length * repeats],
      tapsOfAxis(length, window, repeats),
    );
  const rows = reshape(graph, x, [channels * height, width * batch]);
  const byColumn = fusedMatMul(graph, taps(width, batch), rows, { transB: true });
  const sums = fusedMatMul(
    graph,
    reshape(graph, byColumn, [kernel * channels, height]),
    taps(height, 1),
    { transB: true },
  );
  // [column, C, row] as the weight has them: [C, row, column].
  const ordered = transpose(graph, reshape(graph, sums, [kernel, channels, kernel]), [1, 2, 0]);
  const filters = reshape(graph, weight, [weight.shape[0]!, channels * kernel ** 2]);
  const totals = matMul(graph, filters, reshape(graph, ordered, [channels * kernel ** 2, 1]));
  const count = outputLength(height, window) * outputLength(width, window) * batch;
  return scale(graph, reshape(graph, totals, [weight.shape[0]!]), 1 / count);
}

/**
 * A convolution less its mean, which costs nothing on the way. For a BatchNorm after it: no gradient
 * flows through the mean, which is right where the gradients of a channel sum to 0.
 *
 * @param x [1, C, H, W, B], such that {@linkcode fitsPhases}.
 * @param weight [outChannels, C, kernel, kernel].
 * @returns `mean`: [outChannels]. `maps[r · phases + c]` holds the output's rows r, r + phases, … and
 * columns c, c + phases, …: [1, outChannels, H' / phases, W' / phases, B] each.
 */
export function centeredPixels(
  graph: Graph,
  x: Value,
  weight: Value,
  window: PhasedWindow,
): { maps: Value[]; mean: Value } {
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
  let mean!: Value;
  const maps = graph.region(
    "centred convolution in phases",
    [x, taps],
    () => {
      mean = meanOfConvolution(graph, x, taps, window);
      const bias = neg(graph, mean);
      return windows.map((window) => graph.node("Conv", [x, taps, bias], window));
    },
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
      if (!needs[1]) return [dx, null];
      const pads = [padding, padding, 0, padding, padding, 0];
      const geometry = geometryOf(taps, { strides: [stride, stride, 1], pads });
      const padded = pad(graph, x, [0, 0, ...pads.slice(0, 3), 0, 0, ...pads.slice(3)]);
      const out = [outputLength(height, window), outputLength(width, window)];
      const columns = gatheredColumns(graph, padded, geometry, out, phases).flat();
      // One scale of all phases goes to the weight's rows.
      const scales = gradients.map((gradient) => gradient && channelScaleOf(gradient));
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
      if (!scaled) return [dx, dTaps];
      return [dx, mul(graph, dTaps, reshape(graph, factor, [outChannels, 1, 1, 1, 1]))];
    },
  );
  return { maps, mean };
}
