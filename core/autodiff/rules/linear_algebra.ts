/**
 * Gradient rules of matrix products.
 *
 * @module
 */

import { fusedMatMul, transpose } from "../../onnx/build.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { OpAttributes } from "../../onnx/op.ts";
import type { VjpRules } from "../vjp.ts";

/**
 * With Y = α·op(A)·op(B): d op(A) = α·dY·op(B)ᵀ and d op(B) = α·op(A)ᵀ·dY, each transposed once
 * more where op is the transpose.
 */
function productGradients(
  graph: Graph,
  [a, b]: readonly [Value, Value],
  { transA, transB, alpha }: OpAttributes["FusedMatMul"],
  gradient: Value,
  needs: readonly boolean[],
): (Value | null)[] {
  const gradientA = () =>
    transA
      ? fusedMatMul(graph, b, gradient, { transA: transB, transB: true, alpha })
      : fusedMatMul(graph, gradient, b, { transB: !transB, alpha });
  const gradientB = () =>
    transB
      ? fusedMatMul(graph, gradient, a, { transA: true, transB: transA, alpha })
      : fusedMatMul(graph, a, gradient, { transA: !transA, alpha });
  return [needs[0] ? gradientA() : null, needs[1] ? gradientB() : null];
}

/** Rules by operator. */
export const linearAlgebraRules: VjpRules<"MatMul" | "FusedMatMul"> = {
  MatMul: ({ graph, inputs, gradient, needs }) =>
    productGradients(
      graph,
      [inputs[0]!, inputs[1]!],
      { transA: false, transB: false, alpha: 1 },
      gradient,
      needs,
    ),
  FusedMatMul: ({ graph, inputs, attributes, gradient, needs }) => {
    const [a, b] = inputs as [Value, Value];
    const { transA, transB, alpha, transBatchA, transBatchB } = attributes;
    // An operand that stands as [rows, batch, columns]: its first axes are exchanged for the rule,
    // and back.
    const exchange = (value: Value) => transpose(graph, value, [1, 0, 2]);
    const [da, db] = productGradients(
      graph,
      [transBatchA ? exchange(a) : a, transBatchB ? exchange(b) : b],
      { transA, transB, alpha },
      gradient,
      needs,
    );
    return [da && transBatchA ? exchange(da) : da!, db && transBatchB ? exchange(db) : db!];
  },
};
