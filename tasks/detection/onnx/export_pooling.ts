/**
 * Pooled features of boxes in an exported graph: each box from the level of its size.
 *
 * @module
 */

import {
  add,
  cast,
  mul,
  reshape,
  scale,
  slice,
  sqrt,
  sub,
  where,
} from "../../../core/onnx/build.ts";
import type { Graph, Value } from "../../../core/onnx/graph.ts";
import { extents } from "./box_operators.ts";

/** How boxes are pooled. */
export interface ExportPooling {
  /** Levels of the pyramid that boxes are pooled from, [B, C, H, W], finest first. */
  readonly levels: readonly Value[];
  /** Pixels of the image on a side of a cell of each. */
  readonly strides: readonly number[];
  /** Side of a box that is pooled from the level of stride 16, pixels. */
  readonly canonicalSize: number;
  readonly samplingRatio: number;
  readonly aligned: boolean;
}

/** Index of the image of each of [B, N] places, int64 [B · N]. */
function imageIndices(graph: Graph, like: Value): Value {
  const zero = scale(graph, like, 0);
  const ones = add(graph, slice(graph, zero, [{ axis: 1, start: 0, end: 1 }]), graph.scalar(1));
  const first = sub(graph, graph.node("CumSum", [ones], { axis: 0 }), graph.scalar(1));
  const [batch, count] = like.shape as [number, number];
  return cast(graph, reshape(graph, add(graph, zero, first), [batch * count]), "int64");
}

/**
 * Pooled features [B · N, C, side, side] of boxes [B, N, 4]. Every level is pooled, and the right one
 * taken: fewer operators, and what they cost is little beside the heads.
 *
 * @param scores [B, N]; only their number is read.
 */
export function poolBoxes(
  graph: Graph,
  boxes: Value,
  scores: Value,
  side: number,
  { levels, strides, canonicalSize, samplingRatio, aligned }: ExportPooling,
): Value {
  const [batch, count] = scores.shape as [number, number];
  const rows = reshape(graph, boxes, [batch * count, 4]);
  const images = imageIndices(graph, scores);
  const { width, height } = extents(graph, rows);
  const size = reshape(graph, sqrt(graph, mul(graph, width, height)), [batch * count, 1, 1, 1]);
  return levels.map((level, index) =>
    graph.node("RoiAlign", [level, rows, images], {
      side,
      samplingRatio,
      spatialScale: 1 / strides[index]!,
      aligned,
    })
  ).reduce((finer, pooled, index) => {
    // floor(4 + log2(side / canonical) + 10⁻⁶) ≥ log2(stride), without logarithms.
    const least = canonicalSize * strides[index]! / 16 * 2 ** -1e-6;
    const isCoarser = graph.node("GreaterOrEqual", [size, graph.scalar(least)], {});
    return where(graph, isCoarser, pooled, finer);
  });
}
