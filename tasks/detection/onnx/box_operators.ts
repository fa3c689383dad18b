/**
 * Boxes in a graph that leaves this program: everything for a batch of any length, on axis 0.
 *
 * @module
 */

import {
  add,
  cast,
  concat,
  exp,
  mul,
  reduceSum,
  reshape,
  scale,
  slice,
  sub,
  where,
} from "../../../core/onnx/build.ts";
import type { Graph, Value } from "../../../core/onnx/graph.ts";
import { type CoderWeights, greatestLogScale } from "../../../core/vision/box_coder.ts";

/** One side of boxes [..., 4], [..., 1]. */
export function side(graph: Graph, boxes: Value, index: 0 | 1 | 2 | 3): Value {
  const axis = boxes.shape.length - 1;
  return slice(graph, boxes, [{ axis, start: index, end: index + 1 }]);
}

/** The boxes to which deltas [..., 4] lead from boxes that broadcast to them. */
export function decodeBoxes(
  graph: Graph,
  deltas: Value,
  boxes: Value,
  weights: CoderWeights,
): Value {
  const axis = deltas.shape.length - 1;
  const corners = ([0, 1] as const).map((at) => {
    const low = side(graph, boxes, at);
    const size = sub(graph, side(graph, boxes, at === 0 ? 2 : 3), low);
    const centre = add(graph, low, scale(graph, size, 0.5));
    const shift = scale(graph, side(graph, deltas, at), 1 / weights[at]);
    const growth = scale(graph, side(graph, deltas, at === 0 ? 2 : 3), 1 / weights[at + 2]!);
    const clipped = graph.node("Min", [growth, graph.scalar(greatestLogScale)], {});
    const half = scale(graph, mul(graph, exp(graph, clipped), size), 0.5);
    const moved = add(graph, mul(graph, shift, size), centre);
    return { low: sub(graph, moved, half), high: add(graph, moved, half) };
  });
  const [x, y] = corners as [{ low: Value; high: Value }, { low: Value; high: Value }];
  return concat(graph, [x.low, y.low, x.high, y.high], axis);
}

/**
 * Boxes cut off where each image ends.
 *
 * @param boxes [B, N, 4].
 * @param sizes Height and width of each image, [B, 2].
 */
export function clipToImages(graph: Graph, boxes: Value, sizes: Value): Value {
  const order = graph.constant("int64", [4], BigInt64Array.of(1n, 0n, 1n, 0n));
  const ends = graph.node("Gather", [sizes, order], { axis: 1 });
  const limits = reshape(graph, ends, [ends.shape[0]!, 1, 4]);
  const low = graph.node("Max", [boxes, graph.scalar(0)], {});
  return graph.node("Min", [low, limits], {});
}

/** Width and height of boxes [..., 4], each [..., 1]. */
export function extents(graph: Graph, boxes: Value): { width: Value; height: Value } {
  const between = (low: 0 | 1, high: 2 | 3) =>
    sub(graph, side(graph, boxes, high), side(graph, boxes, low));
  return { width: between(0, 2), height: between(1, 3) };
}

/** Scores with −1 in the place of boxes that have a side below a limit; boxes [..., N, 4], scores [..., N]. */
export function dropSmall(graph: Graph, boxes: Value, scores: Value, least: number): Value {
  const { width, height } = extents(graph, boxes);
  const limit = graph.scalar(least);
  const isLarge = graph.node("And", [
    graph.node("GreaterOrEqual", [width, limit], {}),
    graph.node("GreaterOrEqual", [height, limit], {}),
  ], {});
  return where(graph, reshape(graph, isLarge, scores.shape), scores, graph.scalar(-1));
}

/** Rows of boxes [B, N, 4] at indices [B, K]. */
export function takeRows(graph: Graph, boxes: Value, indices: Value): Value {
  const [batch, count] = indices.shape as [number, number];
  const column = reshape(graph, indices, [batch, count, 1]);
  const all = concat(graph, [column, column, column, column], 2);
  return graph.node("GatherElements", [boxes, all], { axis: 1 });
}

/**
 * Scores with −1 in the place of boxes that overlap a better one of their group.
 *
 * @param boxes [G, N, 4].
 * @param scores [G, 1, N].
 */
export function suppressOverlaps(
  graph: Graph,
  boxes: Value,
  scores: Value,
  { iou, least }: { readonly iou: number; readonly least: number },
): Value {
  const selected = graph.node("NonMaxSuppression", [boxes, scores], {
    iouThreshold: iou,
    scoreThreshold: least,
    most: scores.shape[2]!,
  });
  // How many there are is known when it runs: a one for each, made of them.
  const first = cast(graph, slice(graph, selected, [{ axis: 1, start: 0, end: 1 }]), "float32");
  const ones = reduceSum(graph, add(graph, scale(graph, first, 0), graph.scalar(1)), [1], false);
  const kept = graph.node("ScatterND", [scale(graph, scores, 0), selected, ones], {});
  const isKept = graph.node("Greater", [kept, graph.scalar(0.5)], {});
  return where(graph, isKept, scores, graph.scalar(-1));
}

/** The k largest along an axis, and their places. */
export function topScores(
  graph: Graph,
  scores: Value,
  axis: number,
  k: number,
): { values: Value; indices: Value } {
  const [values, indices] = graph.nodeOutputs("TopK", [scores], { axis, k });
  return { values: values!, indices: indices! };
}
