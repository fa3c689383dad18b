/**
 * The runtime's own blocked layout: channels in blocks of as many as a vector register holds, the
 * block innermost, so that a convolution needs neither columns (im2col) nor packed operands.
 *
 * ONNX Runtime uses it for inference, where it can reorder the weights once and for all. Its
 * operators (domain `com.microsoft.nchwc`) are ordinary ones, though: in a training step the graph
 * reorders the weights itself, which costs next to nothing beside the convolution.
 *
 *     x       [N, C, H, W]    as  [N, C/b, H, W, b]
 *     weight  [K, C, h, w]    as  [K/b, C/b, h, w, b (in), b (out)]
 *     depthwise weight        as  [C/b, h, w, b]
 *
 * Shapes stay those on the left; only the order of the numbers changes.
 *
 * @module
 */

import { reshape, transpose } from "../build.ts";
import type { Graph, Value } from "../graph.ts";
import type { OpAttributes } from "../op.ts";

/**
 * Whether a convolution can be blocked: the machine has the layout, there are two spatial axes, and
 * the channels are whole blocks, of all or each by itself.
 *
 * @param weight [K, C / group, h, w].
 */
export function fitsBlocks(graph: Graph, weight: readonly number[], group: number): boolean {
  const block = graph.channelBlock;
  if (block === undefined || weight.length !== 4 || weight[0]! % block !== 0) return false;
  return group === 1 ? weight[1]! % block === 0 : group === weight[0] && weight[1] === 1;
}

/** Taps of a depthwise kernel from which the blocked layout makes up for two passes over memory. */
const manyTaps = 8;

/**
 * Whether the blocked layout usually pays where it fits. A product of 1×1 needs no columns anyway.
 *
 * @param taps Of a convolution that is parted into phases: those of one phase, on average.
 */
export function blocksPay(taps: number, group: number): boolean {
  return group > 1 ? taps >= manyTaps : taps > 1;
}

/** [N, C, H, W] in blocks of channels. */
function blockChannels(graph: Graph, x: Value): Value {
  return graph.node("ReorderInput", [x], {});
}

/** The weight in blocks. */
function blockWeight(graph: Graph, weight: Value, group: number): Value {
  const block = graph.channelBlock!;
  const [outChannels, channels, height, width] = weight.shape as [number, number, number, number];
  const taps = height * width;
  // The runtime moves one axis behind the others within blocks; that of the outputs is moved here.
  const view = group === 1
    ? [outChannels / block, block, channels, taps]
    : [1, outChannels, height, width];
  const outputsLast = blockChannels(graph, reshape(graph, weight, view));
  if (group > 1 || taps === 1) return reshape(graph, outputsLast, weight.shape);
  const blocks = reshape(graph, outputsLast, [
    outChannels / block * channels / block,
    block,
    taps,
    block,
  ]);
  return reshape(graph, transpose(graph, blocks, [0, 2, 1, 3]), weight.shape);
}

/**
 * A convolution over [N, C, H, W] by way of the blocked layout. Its shapes are those of `Conv`; it
 * has no gradient rule of its own.
 *
 * @param weight [K, C / group, h, w], such that {@linkcode fitsBlocks}.
 * @param bias [K].
 */
export function blockedConvolution(
  graph: Graph,
  x: Value,
  weight: Value,
  window: OpAttributes["Conv"],
  bias?: Value,
): Value {
  const kernel = blockWeight(graph, weight, window.group ?? 1);
  const inputs = [blockChannels(graph, x), kernel, ...(bias ? [bias] : [])];
  const y = graph.node("BlockedConv", inputs, window);
  return graph.node("ReorderOutput", [y], { channels: weight.shape[0]! });
}
