/**
 * Shape rules of operators that work element by element.
 *
 * @module
 */

import type { TensorType } from "../value.ts";
import {
  assertSameType,
  assertType,
  broadcastShapes,
  inputAt,
  type ShapeRules,
  unary,
} from "./shape_rule.ts";

function elementwise(inputs: readonly TensorType[]): TensorType[] {
  const dtype = assertSameType(inputs);
  return [{ dtype, shape: broadcastShapes(...inputs.map((input) => input.shape)) }];
}

function comparison(inputs: readonly TensorType[]): TensorType[] {
  assertSameType(inputs);
  return [{ dtype: "bool", shape: broadcastShapes(...inputs.map((input) => input.shape)) }];
}

/** Rules by operator. */
export const elementwiseShapes: ShapeRules<
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Sum"
  | "Max"
  | "Min"
  | "Neg"
  | "Sqrt"
  | "Exp"
  | "Log"
  | "Reciprocal"
  | "Abs"
  | "Sign"
  | "Sigmoid"
  | "Tanh"
  | "Erf"
  | "Relu"
  | "LeakyRelu"
  | "Clip"
  | "HardSigmoid"
  | "Identity"
  | "Cast"
  | "Equal"
  | "Greater"
  | "GreaterOrEqual"
  | "Less"
  | "And"
  | "Where"
> = {
  Add: elementwise,
  Sub: elementwise,
  Mul: elementwise,
  Div: elementwise,
  Sum: elementwise,
  Max: elementwise,
  Min: elementwise,
  Neg: unary,
  Sqrt: unary,
  Exp: unary,
  Log: unary,
  Reciprocal: unary,
  Abs: unary,
  Sign: unary,
  Sigmoid: unary,
  Tanh: unary,
  Erf: unary,
  Relu: unary,
  LeakyRelu: unary,
  Clip: unary,
  HardSigmoid: unary,
  Identity: unary,
  Cast: (inputs, { to }) => [{ dtype: to, shape: inputAt(inputs, 0).shape }],
  Equal: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  And: comparison,
  Where: (inputs) => {
    assertType(inputAt(inputs, 0), "bool", "condition");
    const dtype = assertSameType(inputs.slice(1));
    return [{ dtype, shape: broadcastShapes(...inputs.map((input) => input.shape)) }];
  },
};
