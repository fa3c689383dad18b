/**
 * Moves pixels with all threads: the runtime's own copying operators use one.
 *
 * A depthwise convolution in blocks of channels (see `blocked_channels.ts`) whose kernel is a single
 * one picks every stride-th pixel from a place on. [.., L, block] lies in memory as one block of
 * channels, whatever the last axis means, so nothing is reordered.
 *
 * @module
 */

import { GraphError } from "../../errors.ts";
import { pad, reshape } from "../build.ts";
import type { Graph, Value } from "../graph.ts";
import type { OpAttributes } from "../op.ts";

/** Pixels of a map, or a distance between two. */
export type Size = readonly [height: number, width: number];

/**
 * Pixel o · stride + offset of a map for every o of `out`, 0 beyond its edges; times `factor`, plus a
 * tensor of the result's shape, and an activation.
 *
 * @param x [N, block, H, W] in blocks, that is, [N, H, W, block] in memory.
 * @returns [N, block, ...out] in blocks.
 */
export function pickPixels(
  graph: Graph,
  x: Value,
  out: Size,
  { offset, stride, factor = 1, plus, activation }: {
    offset: Size;
    stride: number;
    factor?: number;
    plus?: Value | undefined;
    activation?: OpAttributes["BlockedConv"]["activation"];
  },
): Value {
  const same = offset.every((distance) => distance === 0) && stride === 1 && factor === 1 &&
    out.every((length, axis) => length === x.shape[axis + 2]);
  if (same && !plus && !activation) return x;
  const block = x.shape[1]!;
  // Two taps, as far apart as the pixel is from its window's own.
  const kernel = offset.map((distance) => distance === 0 ? 1 : 2) as [number, number];
  const weights = new Float32Array(block * kernel[0] * kernel[1]);
  const at = (offset[0] > 0 ? kernel[1] : 0) + (offset[1] > 0 ? 1 : 0);
  // In blocks a depthwise weight is [h, w, block].
  weights.fill(factor, at * block, (at + 1) * block);
  const begin = offset.map((distance) => Math.max(-distance, 0));
  const end = offset.map((distance, axis) =>
    Math.max(0, (out[axis]! - 1) * stride + Math.max(distance, 0) + 1 - x.shape[axis + 2]!)
  );
  const picked = graph.node("BlockedConv", [
    x,
    graph.constant("float32", [block, 1, ...kernel], weights),
    ...(plus ? [graph.constant("float32", [block], new Float32Array(block)), plus] : []),
  ], {
    group: block,
    strides: [stride, stride],
    pads: [...begin, ...end],
    dilations: offset.map((distance) => Math.max(1, Math.abs(distance))),
    ...(activation ? { activation } : {}),
  });
  if (picked.shape.slice(2).join() !== out.join()) {
    throw new GraphError(
      `Cannot pick ${out.join("×")} pixels of ${x.shape.slice(2).join("×")}: more of them fit`,
    );
  }
  return picked;
}

/**
 * [1, C, H, L] moved along L by `amount` numbers, to the end where it is positive, with zeros behind.
 */
export function shiftLength(graph: Graph, x: Value, amount: number): Value {
  if (amount === 0) return x;
  const [, channels, rows, length] = x.shape as [number, number, number, number];
  const block = graph.channelBlock;
  if (block === undefined || length % block !== 0 || amount % block !== 0) {
    return pad(graph, x, [0, 0, 0, amount, 0, 0, 0, -amount]);
  }
  const map = reshape(graph, x, [channels, block, rows, length / block]);
  const moved = pickPixels(graph, map, [rows, length / block], {
    offset: [0, -amount / block],
    stride: 1,
  });
  return reshape(graph, moved, x.shape);
}
