/**
 * The columns of a convolution (im2col) over [1, C, H, W, B], by one Gather.
 *
 * The columns of pixels are shifted once for each tap of a row, and their rows are then picked by a
 * Gather, which uses all threads. A copy for each tap and a Concat move twice as much with one.
 *
 * @module
 */

import { concat, reshape, slice } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { ConvolutionGeometry } from "./convolution_geometry.ts";

/**
 * What each tap saw, taps in rows, then columns, then channels.
 *
 * @param padded [1, C, H, W, B], padded for the window.
 * @param geometry Window over H and W.
 * @param out Rows and columns of the convolution's output.
 * @param count Phases along either axis; it divides `out`. @default {1}
 * @returns `[r][c]` for the output's rows r, r + count, … and columns c, c + count, …:
 * [taps · C, pixels · B] each.
 */
export function gatheredColumns(
  graph: Graph,
  padded: Value,
  { kernel, strides, dilations }: ConvolutionGeometry,
  out: readonly number[],
  count = 1,
): Value[][] {
  const [, channels, height, width, batch] = padded.shape as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [kernelRows, kernelColumns] = kernel as [number, number];
  const [rowStride, columnStride] = strides as [number, number];
  const outRows = out[0]! / count, outColumns = out[1]! / count;
  // Output column count · j + c sees through tap t the input column j · step + at.
  const step = columnStride * count;
  const placeOf = (phase: number, tap: number) => phase * columnStride + tap * dilations[1]!;
  const numbers = [...Array(count).keys()];
  const places = [
    ...new Set(
      numbers.flatMap((phase) =>
        [...Array(kernelColumns).keys()].map((tap) => placeOf(phase, tap))
      ),
    ),
  ].toSorted((a, b) => a - b);
  const phases = new Map(
    places.map((at) => at % step).map((start) => [
      start,
      slice(graph, padded, [{ axis: 3, start, end: width, step }]),
    ]),
  );
  const shifted = concat(
    graph,
    places.map((at) => {
      const start = Math.floor(at / step);
      const phase = phases.get(at % step)!;
      const seen = slice(graph, phase, [{ axis: 3, start, end: start + outColumns }]);
      return reshape(graph, seen, [channels * height, outColumns * batch]);
    }),
    0,
  );
  return numbers.map((rowPhase) =>
    numbers.map((columnPhase) => {
      const rows: bigint[] = [];
      for (let row = 0; row < kernelRows; row++) {
        for (let column = 0; column < kernelColumns; column++) {
          const place = places.indexOf(placeOf(columnPhase, column));
          for (let channel = 0; channel < channels; channel++) {
            const first = (place * channels + channel) * height + row * dilations[0]!;
            for (let at = 0; at < outRows; at++) {
              rows.push(BigInt(first + (at * count + rowPhase) * rowStride));
            }
          }
        }
      }
      const index = graph.constant("int64", [rows.length], BigInt64Array.from(rows));
      return reshape(graph, graph.node("Gather", [shifted, index], { axis: 0 }), [
        kernelRows * kernelColumns * channels,
        outRows * outColumns * batch,
      ]);
    })
  );
}
