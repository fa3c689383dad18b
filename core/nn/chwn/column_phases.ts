/**
 * Maps in the layout `chwn` whose columns stand in separate tensors.
 *
 * A convolution with a stride along the columns reads every stride-th column of a tap, numbers that
 * lie apart in memory. Where the layer before can give its columns sorted, nothing is moved.
 *
 * @module
 */

import { concat, reshape } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";

/** Phase p of n holds the columns p, p + n, p + 2n, …: [1, C, H, W / n, B] each. */
export interface ColumnPhases {
  readonly phases: readonly Value[];
}

/** A map, whole or by the phases of its columns. */
export type FeatureMap = Value | ColumnPhases;

/** Whether a map comes in phases. */
export function inPhases(map: FeatureMap): map is ColumnPhases {
  return "phases" in map;
}

/** The shape of the whole map. */
export function shapeOfMap(map: FeatureMap): readonly number[] {
  if (!inPhases(map)) return map.shape;
  const shape = map.phases[0]!.shape;
  return shape.map((length, axis) => axis === 3 ? length * map.phases.length : length);
}

/** The tensors that x, [rows, H, W, B], falls into by its columns: [rows, H · W / n · B] each. */
export function splitColumns(
  graph: Graph,
  x: Value,
  { height, width, batch }: { height: number; width: number; batch: number },
  count: number,
): Value[] {
  const rows = x.shape[0]!;
  if (count === 1) return [reshape(graph, x, [rows, height * width * batch])];
  const paired = reshape(graph, x, [rows, height, width / count, count * batch]);
  const split = new Array<number>(count).fill(batch);
  return graph.nodeOutputs("Split", [paired], { axis: 3, split })
    .map((phase) => reshape(graph, phase, [rows, height * width / count * batch]));
}

/** The whole map of its phases, whatever their shape: [1, C, H, W, B]. */
export function joinColumns(
  graph: Graph,
  phases: readonly Value[],
  shape: readonly number[],
): Value {
  if (phases.length === 1) return reshape(graph, phases[0]!, shape);
  const [one, channels, height, width, batch] = shape as [number, number, number, number, number];
  const open = [one, channels, height, width / phases.length, 1, batch];
  return reshape(
    graph,
    concat(graph, phases.map((phase) => reshape(graph, phase, open)), 4),
    shape,
  );
}

/** A map that is whole. */
export function wholeMap(graph: Graph, map: FeatureMap): Value {
  return inPhases(map) ? joinColumns(graph, map.phases, shapeOfMap(map)) : map;
}

/** A function of every number by itself, applied to a map. */
export function applyToMap(map: FeatureMap, apply: (x: Value) => Value): FeatureMap {
  return inPhases(map) ? { phases: map.phases.map(apply) } : apply(map);
}
