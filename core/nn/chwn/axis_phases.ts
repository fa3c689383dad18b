/**
 * Phases of an axis of [1, C, H, W, B]: phase r holds every n-th row or column, from r on.
 *
 * @module
 */

import { concat, pad, reshape, slice } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";

/** Axes of [1, C, H, W, B] that are pooled over. */
export type PooledAxis = 2 | 3;

/** x padded along one axis; negative amounts crop. */
export function padAxis(
  graph: Graph,
  x: Value,
  axis: number,
  begin: number,
  end: number,
  value = 0,
): Value {
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
export function splitPhases(graph: Graph, x: Value, axis: PooledAxis, stride: number): Value[] {
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
