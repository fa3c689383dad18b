/**
 * Shape rules of matrix products.
 *
 * @module
 */

import type { TensorType } from "../value.ts";
import { assertSameType, broadcastShapes, fail, inputAt, type ShapeRules } from "./shape_rule.ts";

function matrixProduct(
  a: TensorType,
  b: TensorType,
  transA: boolean,
  transB: boolean,
): TensorType[] {
  assertSameType([a, b]);
  if (a.shape.length < 2 || b.shape.length < 2) {
    fail("matrix product of a vector; reshape it first");
  }
  const aShape = [...a.shape], bShape = [...b.shape];
  const aColumns = aShape.pop()!, aRows = aShape.pop()!;
  const bColumns = bShape.pop()!, bRows = bShape.pop()!;
  const [rows, innerA] = transA ? [aColumns, aRows] : [aRows, aColumns];
  const [innerB, columns] = transB ? [bColumns, bRows] : [bRows, bColumns];
  if (innerA !== innerB) fail(`inner lengths differ: ${innerA} and ${innerB}`);
  return [{ dtype: a.dtype, shape: [...broadcastShapes(aShape, bShape), rows, columns] }];
}

/** Rules by operator. */
export const matrixShapes: ShapeRules<
  "MatMul" | "FusedMatMul"
> = {
  MatMul: (inputs) => matrixProduct(inputAt(inputs, 0), inputAt(inputs, 1), false, false),
  FusedMatMul: (inputs, { transA, transB, transBatchA, transBatchB }) => {
    const a = inputAt(inputs, 0), b = inputAt(inputs, 1);
    if ((transBatchA || transBatchB) && (a.shape.length !== 3 || b.shape.length !== 3)) {
      fail("transBatchA and transBatchB expect operands of three axes");
    }
    const batchFirst = ({ dtype, shape: [rows, batch, columns] }: TensorType) => ({
      dtype,
      shape: [batch!, rows!, columns!],
    });
    return matrixProduct(
      transBatchA ? batchFirst(a) : a,
      transBatchB ? batchFirst(b) : b,
      transA,
      transB,
    );
  },
};
