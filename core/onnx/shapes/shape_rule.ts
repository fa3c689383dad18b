/**
 * What a shape rule is, and the checks that rules share.
 *
 * @module
 */

import { GraphError } from "../../errors.ts";
import type { DataType, OpAttributes, OpName } from "../op.ts";
import type { TensorType } from "../value.ts";

/** From the types of an operator's inputs to those of its outputs. */
export type ShapeRule<K extends OpName> = (
  inputs: readonly TensorType[],
  attributes: OpAttributes[K],
) => TensorType[];

/** Rules for some operators. */
export type ShapeRules<K extends OpName> = { readonly [P in K]: ShapeRule<P> };

/** @throws {GraphError} always; whoever adds the node says which it is. */
export function fail(message: string): never {
  throw new GraphError(message);
}

/** Shape of two or more shapes broadcast together by numpy's rule. */
export function broadcastShapes(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    let length = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1;
      if (own === 1 || own === length) continue;
      if (length !== 1) {
        fail(`shapes ${shapes.map((s) => `[${s.join(", ")}]`).join(" and ")} do not broadcast`);
      }
      length = own;
    }
    result.push(length);
  }
  return result;
}

/** An input that must be there. */
export function inputAt(inputs: readonly TensorType[], index: number): TensorType {
  return inputs[index] ?? fail(`input ${index} is missing`);
}

/** @throws {GraphError} where an input has another element type. */
export function assertType(input: TensorType, dtype: DataType, what: string): void {
  if (input.dtype !== dtype) fail(`${what} is ${input.dtype}, expected ${dtype}`);
}

/** The element type of all inputs. @throws {GraphError} where they differ. */
export function assertSameType(inputs: readonly TensorType[]): DataType {
  const dtype = inputAt(inputs, 0).dtype;
  for (const input of inputs) assertType(input, dtype, "input");
  return dtype;
}

/** @throws {GraphError} where there is no such axis. */
export function assertAxis(axis: number, rank: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= rank) {
    fail(`axis ${axis} is out of range for rank ${rank}`);
  }
}

/** Rule of an operator whose output is as its first input. */
export function unary(inputs: readonly TensorType[]): TensorType[] {
  const { dtype, shape } = inputAt(inputs, 0);
  return [{ dtype, shape }];
}
