/**
 * Phases of an axis moved by whole places: what a tap of a pooling sees, and where its gradient goes.
 *
 * @module
 */

import { addAll, reshape, sub } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { pickPixels, type Size } from "../../onnx/kernels/pick_pixels.ts";
import { padAxis, type PooledAxis } from "./axis_phases.ts";

/** Moves phases along their axis. */
export interface Shifts {
  /** The largest of `count` numbers of a phase, from i + first on, for every i; beyond its ends there are none. */
  maxima(phase: Value, first: number, count: number): Value;
  /** 1 where number i + distance of a phase is the i-th maximum, which it never exceeds, else 0. */
  mask(phase: Value, distance: number, maxima: Value): Value;
  /** Number i + distance of x for every i, 0 beyond its ends, plus another tensor. */
  move(x: Value, distance: number, length: number, plus: Value | undefined): Value;
}

/** clip(1 − 2¹²⁶ · distance, 0, 1) is 1 for no distance, else 0: half the time of a comparison and a cast. */
const isZero = { alpha: -(2 ** 126), beta: 1 };

/** Shifts by the runtime's operators that copy. */
export function copyingShifts(graph: Graph, axis: PooledAxis, outLength: number): Shifts {
  const seen = (x: Value, distance: number, length: number, fill: number) =>
    padAxis(graph, x, axis, -distance, length + distance - x.shape[axis]!, fill);
  return {
    // Two at a time: the runtime's maximum of three uses one thread.
    maxima: (phase, first, count) =>
      [...Array(count).keys()]
        .map((index) => seen(phase, first + index, outLength, -Infinity))
        .reduce((largest, value) => graph.node("Max", [largest, value], {})),
    mask: (phase, distance, maxima) =>
      graph.node(
        "HardSigmoid",
        [sub(graph, maxima, seen(phase, distance, outLength, -Infinity))],
        isZero,
      ),
    move: (x, distance, length, plus) => {
      const moved = seen(x, distance, length, 0);
      return plus ? addAll(graph, [plus, moved]) : moved;
    },
  };
}

/**
 * Shifts by the runtime's kernels for blocks of channels, which use all threads and do a sum on the way.
 * Where a batch is a whole number of blocks, [C, H, W, B] lies in memory as C images of one block of
 * channels each, with B / block columns for one: nothing is reordered.
 */
export function blockedShifts(graph: Graph, axis: PooledAxis, block: number): Shifts {
  const places = (x: Value, distance: number): Size =>
    axis === 2 ? [distance, 0] : [0, distance * (x.shape[4]! / block)];
  const map = (x: Value) => {
    const [, channels, height, width, batch] = x.shape as [number, number, number, number, number];
    return reshape(graph, x, [channels, block, height, width * batch / block]);
  };
  const pick = (
    x: Value,
    distance: number,
    options: Omit<Parameters<typeof pickPixels>[3], "offset" | "stride">,
  ) => {
    const view = map(x);
    const out = view.shape.slice(2) as unknown as Size;
    const offset = places(x, distance);
    return reshape(graph, pickPixels(graph, view, out, { offset, stride: 1, ...options }), x.shape);
  };
  return {
    maxima: (phase, first, count) => {
      if (count === 1 && first === 0) return phase;
      const before = -first, after = first + count - 1;
      const [, channels, height, width, batch] = phase.shape as [
        number,
        number,
        number,
        number,
        number,
      ];
      // A dilated window allows no padding: columns of several blocks are pooled as rows are.
      const columns = axis === 3 && batch === block;
      const view = axis === 2 || columns
        ? map(phase)
        : reshape(graph, phase, [channels * height, block, width, batch / block]);
      const pooled = graph.node(
        "BlockedMaxPool",
        [view],
        columns
          ? { kernelShape: [1, count], pads: [0, before, 0, after] }
          : { kernelShape: [count, 1], pads: [before, 0, after, 0] },
      );
      return reshape(graph, pooled, phase.shape);
    },
    mask: (phase, distance, maxima) =>
      pick(phase, distance, {
        factor: -1,
        plus: map(maxima),
        activation: { name: "HardSigmoid", ...isZero },
      }),
    move: (x, distance, _, plus) => pick(x, distance, { plus: plus && map(plus) }),
  };
}
