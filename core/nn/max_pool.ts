/**
 * Max pooling as maxima of shifted copies, one axis after the other.
 *
 * ONNX Runtime's MaxPool visits its windows one by one, and its gradient scatters through indices;
 * a maximum of whole copies runs at the speed of memory, five times as fast, and so does its
 * gradient through masks.
 *
 * @module
 */

import { addAll, concat, mul, pad, reshape, slice, sub } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/** Window of a pooling, along an axis or the same along all. */
export interface PoolingWindow {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** Windows on so many pixels. */
export function pooledLength(
  length: number,
  { kernel, stride, padding }: PoolingWindow,
): number {
  return Math.floor((length + 2 * padding - kernel) / stride) + 1;
}

/** x padded along one axis; negative amounts crop. */
function padAxis(graph: Graph, x: Value, axis: number, begin: number, end: number, value = 0) {
  const pads = new Array<number>(2 * x.shape.length).fill(0);
  pads[axis] = begin;
  pads[axis + x.shape.length] = end;
  return pad(graph, x, pads, value);
}

/** Phases of an axis put back into one: element i of phase r goes to place i · phases + r. */
export function interleave(
  graph: Graph,
  phases: readonly Value[],
  axis: number,
  length: number,
): Value {
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
function splitPhases(graph: Graph, x: Value, axis: number, stride: number): Value[] {
  const length = x.shape[axis]!;
  if (stride > 1 && length % stride === 0) {
    const before = x.shape.slice(0, axis), after = x.shape.slice(axis + 1);
    const paired = reshape(graph, x, [...before, length / stride, stride, ...after]);
    const split = new Array<number>(stride).fill(1);
    const shape = [...before, length / stride, ...after];
    return graph.nodeOutputs("Split", [paired], { axis: axis + 1, split })
      .map((phase) => reshape(graph, phase, shape));
  }
  return [...Array(stride).keys()].map((start) =>
    slice(graph, x, [{ axis, start, end: length, step: stride }])
  );
}

/**
 * 1 where a value is the maximum, which it never exceeds, else 0: clip(2¹²⁶·(value − maximum) + 1, 0,
 * 1), in half the time of a comparison and a cast.
 */
function equalMask(graph: Graph, value: Value, maximum: Value): Value {
  const distance = sub(graph, value, maximum);
  return graph.node("HardSigmoid", [distance], { alpha: 2 ** 126, beta: 1 });
}

/** Maxima along one axis. */
function axisMaximum(
  graph: Graph,
  x: Value,
  axis: number,
  window: PoolingWindow,
): Value {
  const { kernel, stride, padding } = window;
  const length = x.shape[axis]!;
  const outLength = pooledLength(length, window);
  // Output o sees x[o·stride + tap − padding]: element o + shift of phase `phase`.
  const taps = [...Array(kernel).keys()].map((tap) => {
    const phase = (((tap - padding) % stride) + stride) % stride;
    const shift = (tap - padding - phase) / stride;
    const count = Math.ceil((length - phase) / stride);
    return { phase, begin: -shift, end: outLength + shift - count };
  });
  let seen: Value[] = [], maximum!: Value;
  const [y] = graph.region(
    "MaxPool along one axis",
    [x],
    () => {
      const phases = splitPhases(graph, x, axis, stride);
      seen = taps.map(({ phase, begin, end }) =>
        padAxis(graph, phases[phase]!, axis, begin, end, -Infinity)
      );
      // Two at a time: the runtime's maximum of three uses one thread.
      maximum = seen.reduce((largest, value) => graph.node("Max", [largest, value], {}));
      return [maximum];
    },
    (graph, [dy]) => {
      // Each tap takes what the taps before it have left: the first maximum wins, as in PyTorch.
      let left = dy!;
      const parts = seen.map((value, index) => {
        if (index === seen.length - 1) return left;
        const won = mul(graph, equalMask(graph, value, maximum), left);
        left = sub(graph, left, won);
        return won;
      });
      const gradients = [...Array(stride).keys()].map((number) => {
        const reached = taps.flatMap(({ phase, begin, end }, index) =>
          phase === number ? [padAxis(graph, parts[index]!, axis, -begin, -end)] : []
        );
        if (reached.length > 0) return addAll(graph, reached);
        const shape = x.shape.map((size, other) =>
          other === axis ? Math.ceil((length - number) / stride) : size
        );
        return graph.scalar(0, shape);
      });
      return [interleave(graph, gradients, axis, length)];
    },
  );
  return y!;
}

/**
 * Max pooling of [1, C, H, W, B] over H and W. Where several pixels of a window are largest, the
 * first one, row by row, gets the gradient: the columns come first, so that among the rows' maxima
 * the uppermost wins.
 */
export function separableMaxPool(graph: Graph, x: Value, window: PoolingWindow): Value {
  return axisMaximum(graph, axisMaximum(graph, x, 3, window), 2, window);
}
