/**
 * Max pooling as maxima of shifted copies, one axis after the other.
 *
 * ONNX Runtime's MaxPool visits its windows one by one, and its gradient scatters through indices;
 * a maximum of whole copies runs at the speed of memory, five times as fast, and so does its
 * gradient through masks. With a stride of s, the map is first parted into its phases, each of which
 * holds every s-th row or column: a copy that a tap sees is then a phase moved by whole places.
 *
 * Where several pixels of a window are largest, the first one, row by row, gets the gradient, as in
 * PyTorch: the columns come first, so that among the rows' maxima the uppermost wins.
 *
 * @module
 */

import { mul, sub } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import { outputLength, type SquareWindow } from "../window.ts";
import { type PooledAxis, splitPhases } from "./axis_phases.ts";
import { blockedShifts, copyingShifts } from "./axis_shifts.ts";

/** How an axis is pooled. */
interface AxisPooling extends SquareWindow {
  readonly axis: PooledAxis;
  /** Numbers along the whole axis. */
  readonly length: number;
  /** Whether the maxima that are not above 0 get no gradient. */
  readonly reluFollows: boolean;
}

/** Maxima along an axis of which the phases are given. */
function axisMaximum(
  graph: Graph,
  phases: readonly Value[],
  { axis, length, kernel, stride, padding, reluFollows }: AxisPooling,
): Value {
  const outLength = outputLength(length, { kernel, stride, padding });
  // Output o sees x[o·stride + tap − padding]: element o + distance of phase `phase`.
  const taps = [...Array(kernel).keys()].map((tap) => {
    const phase = (((tap - padding) % stride) + stride) % stride;
    return { phase, distance: (tap - padding - phase) / stride };
  });
  const tapsOf = (number: number) => taps.filter(({ phase }) => phase === number);
  const block = graph.channelBlock;
  // A pixel beyond the edge counts as 0 in blocks, which must not be taken for a maximum.
  const inBlocks = block !== undefined && reluFollows && phases[0]!.shape[4]! % block === 0 &&
    phases.every(({ shape }, number) => {
      const [first, last] = [tapsOf(number)[0], tapsOf(number).at(-1)];
      return shape[axis] === outLength && (!first || first.distance <= 0 && last!.distance >= 0);
    });
  const shifts = inBlocks
    ? blockedShifts(graph, axis, block)
    : copyingShifts(graph, axis, outLength);
  let maximum!: Value;
  const [y] = graph.region(
    "MaxPool along one axis",
    phases,
    () => {
      maximum = phases.flatMap((phase, number) => {
        const seen = tapsOf(number);
        return seen.length > 0 ? [shifts.maxima(phase, seen[0]!.distance, seen.length)] : [];
      }).reduce((largest, value) => graph.node("Max", [largest, value], {}));
      return [maximum];
    },
    (graph, [dy]) => {
      // Each tap takes what the taps before it have left: the first maximum wins.
      let left = dy!;
      const parts = taps.map(({ phase, distance }, index) => {
        if (index === taps.length - 1) return left;
        const won = mul(graph, shifts.mask(phases[phase]!, distance, maximum), left);
        left = sub(graph, left, won);
        return won;
      });
      return phases.map(({ shape }, number) => {
        let total: Value | undefined;
        taps.forEach(({ phase, distance }, index) => {
          if (phase !== number) return;
          total = shifts.move(parts[index]!, -distance, shape[axis]!, total);
        });
        return total ?? graph.scalar(0, shape);
      });
    },
  );
  return y!;
}

/**
 * Max pooling over H and W of a map that is given by its phases.
 *
 * @param phases `phases[r][c]` holds rows r, r + stride, … and columns c, c + stride, …:
 * [1, C, H / stride, W / stride, B] each.
 * @param options.height H.
 * @param options.width W.
 * @param options.reluFollows Whether the maxima that are not above 0 get no gradient: then the
 * quicker kernels for blocks of channels fit.
 */
export function phasedMaxPool(
  graph: Graph,
  phases: readonly (readonly Value[])[],
  { height, width, ...window }: SquareWindow & {
    readonly height: number;
    readonly width: number;
    readonly reluFollows: boolean;
  },
): Value {
  const rows = phases.map((columns) =>
    axisMaximum(graph, columns, { axis: 3, length: width, ...window })
  );
  return axisMaximum(graph, rows, { axis: 2, length: height, ...window });
}

/** Max pooling of [1, C, H, W, B] over H and W. */
export function separableMaxPool(
  graph: Graph,
  x: Value,
  window: SquareWindow,
  { reluFollows = false }: { reluFollows?: boolean } = {},
): Value {
  const { kernel, stride, padding } = window;
  if (Math.min(x.shape[2]!, x.shape[3]!) < Math.max(kernel, stride)) {
    // Some windows, or phases, would lie in the padding alone.
    return graph.node("MaxPool", [x], {
      kernelShape: [kernel, kernel, 1],
      strides: [stride, stride, 1],
      pads: [padding, padding, 0, padding, padding, 0],
    });
  }
  const along = (x: Value, axis: PooledAxis) =>
    axisMaximum(graph, splitPhases(graph, x, axis, window.stride), {
      axis,
      length: x.shape[axis]!,
      reluFollows,
      ...window,
    });
  return along(along(x, 3), 2);
}
