/**
 * Shape rules of reductions and softmax.
 *
 * @module
 */

import type { OpAttributes } from "../op.ts";
import type { TensorType } from "../value.ts";
import { assertAxis, fail, inputAt, type ShapeRules, unary } from "./shape_rule.ts";

function reduction(
  inputs: readonly TensorType[],
  { axes, keepdims }: OpAttributes["ReduceSum"],
): TensorType[] {
  const { dtype, shape } = inputAt(inputs, 0);
  if (axes.length === 0) fail("there are no axes"); // ONNX would reduce all of them.
  for (const axis of axes) assertAxis(axis, shape.length);
  const kept = shape.map((length, axis) => axes.includes(axis) ? 1 : length);
  return [{ dtype, shape: keepdims ? kept : shape.filter((_, axis) => !axes.includes(axis)) }];
}

/** Rules by operator. */
export const reduceShapes: ShapeRules<
  "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceSumSquare" | "ArgMax" | "Softmax" | "LogSoftmax"
> = {
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ReduceSumSquare: reduction,
  ArgMax: (inputs, { axis }) => {
    const { shape } = inputAt(inputs, 0);
    assertAxis(axis, shape.length);
    return [{ dtype: "int64", shape: shape.filter((_, other) => other !== axis) }];
  },
  Softmax: (inputs, { axis }) => {
    assertAxis(axis, inputAt(inputs, 0).shape.length);
    return unary(inputs);
  },
  LogSoftmax: (inputs, { axis }) => {
    assertAxis(axis, inputAt(inputs, 0).shape.length);
    return unary(inputs);
  },
};
