/**
 * Spreads a tensor out along one axis: the transpose of taking every n-th element.
 *
 * @module
 */

import { pad, reshape } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/**
 * x with `step − 1` zeros after each element of an axis: [.., n, ..] → [.., n · step, ..], through
 * [.., n, 1, ..] → [.., n, step, ..].
 */
function insertZeros(graph: Graph, x: Value, axis: number, step: number): Value {
  if (step === 1) return x;
  const open = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)];
  const pads = new Array<number>(2 * open.length).fill(0);
  pads[open.length + axis + 1] = step - 1;
  const shape = x.shape.map((length, other) => other === axis ? length * step : length);
  return reshape(graph, pad(graph, reshape(graph, x, open), pads), shape);
}

/**
 * The transpose of a strided slice: puts x on every `step`-th place from `start` on along an axis
 * of the given length, zeros elsewhere.
 */
export function unslice(
  graph: Graph,
  x: Value,
  axis: number,
  { start, step, length }: { start: number; step: number; length: number },
): Value {
  const spread = insertZeros(graph, x, axis, step);
  const rank = x.shape.length;
  const pads = new Array<number>(2 * rank).fill(0);
  pads[axis] = start;
  // Negative where the zeros after the last element stand beyond the end.
  pads[axis + rank] = length - start - spread.shape[axis]!;
  return pad(graph, spread, pads);
}
