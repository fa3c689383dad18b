/**
 * Undoes numpy broadcasting in a gradient.
 *
 * @module
 */

import { reduceSum, reshape } from "../onnx/build.ts";
import type { Graph, Value } from "../onnx/graph.ts";

/**
 * Sums a gradient of a broadcast result back to the shape of an operand.
 *
 * 1. Leading axes that the operand does not have are summed away.
 * 2. Axes where the operand has length 1 and the gradient more are summed.
 * 3. The result is given the operand's shape.
 */
export function unbroadcast(graph: Graph, gradient: Value, shape: readonly number[]): Value {
  if (gradient.shape.join() === shape.join()) return gradient;
  const missing = gradient.shape.length - shape.length;
  const axes: number[] = [];
  gradient.shape.forEach((length, axis) => {
    if (axis < missing || (shape[axis - missing] === 1 && length !== 1)) axes.push(axis);
  });
  const summed = axes.length > 0 ? reduceSum(graph, gradient, axes) : gradient;
  return reshape(graph, summed, shape);
}
