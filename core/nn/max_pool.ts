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

import { addAll, concat, mul, pad, reshape, slice, sub } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { pickPixels, type Size } from "../onnx/kernels/pick_pixels.ts";
import { outputLength, type SquareWindow } from "./window.ts";

/** Axes of [1, C, H, W, B] that are pooled over. */
type PooledAxis = 2 | 3;

/** x padded along one axis; negative amounts crop. */
function padAxis(graph: Graph, x: Value, axis: number, begin: number, end: number, value = 0) {
  const pads = new Array<number>(2 * x.shape.length).fill(0);
  pads[axis] = begin;
  pads[axis + x.shape.length] = end;
  return pad(graph, x, pads, value);
}

/** Phases of an axis put back into one: element i of phase r goes to place i · phases + r. */
function interleave(graph: Graph, phases: readonly Value[], axis: number, length: number): Value {
  if (phases.length === 1) return phases[0]!;
  const longest = Math.ceil(length / phases.length);
  const open = phases.map((phase) => {
    const full = padAxis(graph, phase, axis, 0, longest - phase.shape[axis]!);
    return reshape(graph, full, [
      ...full.shape.slice(0, axis + 1),
      1,
      ...full.shape.slice(axis + 1),
    ]);
  });
  const shape = phases[0]!.shape.map((size, other) =>
    other === axis ? longest * phases.length : size
  );
  const whole = reshape(graph, concat(graph, open, axis + 1), shape);
  return slice(graph, whole, [{ axis, start: 0, end: length }]);
}

/** The phases of an axis: element i · stride + r of x is element i of phase r. */
function splitPhases(graph: Graph, x: Value, axis: PooledAxis, stride: number): Value[] {
  if (stride === 1) return [x];
  const length = x.shape[axis]!;
  const parts = () => {
    if (length % stride !== 0) {
      return [...Array(stride).keys()].map((start) =>
        slice(graph, x, [{ axis, start, end: length, step: stride }])
      );
    }
    const before = x.shape.slice(0, axis), after = x.shape.slice(axis + 1);
    const paired = reshape(graph, x, [...before, length / stride, stride, ...after]);
    const split = new Array<number>(stride).fill(1);
    const shape = [...before, length / stride, ...after];
    return graph.nodeOutputs("Split", [paired], { axis: axis + 1, split })
      .map((phase) => reshape(graph, phase, shape));
  };
  const shapeOfPhase = (number: number) =>
    x.shape.map((size, other) => other === axis ? Math.ceil((length - number) / stride) : size);
  return graph.region("phases of an axis", [x], parts, (graph, gradients) => [
    interleave(
      graph,
      gradients.map((gradient, number) => gradient ?? graph.scalar(0, shapeOfPhase(number))),
      axis,
      length,
    ),
  ]);
}

/** Moves phases along their axis. */
interface Shifts {
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
function copyingShifts(graph: Graph, axis: PooledAxis, outLength: number): Shifts {
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
function blockedShifts(graph: Graph, axis: PooledAxis, block: number): Shifts {
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
