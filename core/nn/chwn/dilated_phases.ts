/**
 * A dilated convolution as one without dilation.
 *
 * Output pixels of one remainder of row and column by the dilation d see input pixels of that remainder
 * alone. So the d² sub-maps of every d-th row and column are images of their own: with them beside each
 * other in the batch, [1, C, H/d, W/d, d·d·B], the convolution has no dilation, and algorithms that know
 * none, Winograd's above all, can do it (space to batch, as in Chen et al., "DeepLab", TPAMI 2018, §3.1).
 *
 * @module
 */

import { pad, reshape, slice, transpose } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { ConvolutionWindow } from "../window.ts";

/** The sub-maps of a map [1, C, H, W, B], padded to whole ones: [1, C, ⌈H/d⌉, ⌈W/d⌉, d·d·B]. */
export function phasesShape(
  [images, channels, height, width, batch]: readonly number[],
  dilation: number,
): number[] {
  return [
    images!,
    channels!,
    Math.ceil(height! / dilation),
    Math.ceil(width! / dilation),
    dilation ** 2 * batch!,
  ];
}

/**
 * Whether a convolution is one without dilation over the sub-maps: it has a dilation, no stride, and keeps
 * the size of the map.
 */
export function fitsDilatedPhases(
  { kernel, stride, padding, dilation = 1 }: ConvolutionWindow,
): boolean {
  return dilation > 1 && stride === 1 && kernel % 2 === 1 &&
    padding === dilation * (kernel - 1) / 2;
}

/**
 * A convolution by way of the sub-maps.
 *
 * @param x [1, C, H, W, B].
 * @param window Such that {@linkcode fitsDilatedPhases}.
 * @param convolve The convolution without dilation, [1, C, ⌈H/d⌉, ⌈W/d⌉, d·d·B] to as many rows and columns.
 * @returns [1, outChannels, H, W, B].
 */
export function throughDilatedPhases(
  graph: Graph,
  x: Value,
  { dilation = 1 }: ConvolutionWindow,
  convolve: (map: Value) => Value,
): Value {
  const [, channels, height, width, batch] = x.shape as [number, number, number, number, number];
  const shape = phasesShape(x.shape, dilation);
  const [, , rows, columns] = shape as [number, number, number, number, number];
  const below = rows * dilation - height, beside = columns * dilation - width;
  // What is read beyond the edges is 0, as the padding is; what is computed there is left out.
  const whole = pad(graph, x, [0, 0, 0, 0, 0, 0, 0, below, beside, 0]);
  // Remainders of the columns move beside the batch, then those of the rows: runs of d · B numbers stay whole.
  const parted = transpose(
    graph,
    reshape(graph, whole, [channels * rows, dilation, columns, dilation * batch]),
    [0, 2, 1, 3],
  );
  const y = convolve(reshape(graph, parted, shape));
  const outChannels = y.shape[1]!;
  const joined = transpose(
    graph,
    reshape(graph, y, [outChannels * rows, columns, dilation, dilation * batch]),
    [0, 2, 1, 3],
  );
  const map = reshape(graph, joined, [1, outChannels, rows * dilation, columns * dilation, batch]);
  return slice(graph, map, [
    { axis: 2, start: 0, end: height },
    { axis: 3, start: 0, end: width },
  ]);
}
