/**
 * Operators as functions: each adds the ONNX node of its name to a graph and returns its output.
 *
 * @module
 */

import type { Graph, Value } from "./graph.ts";
import type { DataType, OpAttributes, OpName } from "./op.ts";

/** Names of the operators without static parameters. */
type PlainOpName = {
  [K in OpName]: Record<never, never> extends OpAttributes[K]
    ? (keyof OpAttributes[K] extends never ? K : never)
    : never;
}[OpName];

function plain(op: PlainOpName): (graph: Graph, ...inputs: Value[]) => Value {
  return (graph, ...inputs) => graph.node(op, inputs, {});
}

/** a + b, broadcast. */
export const add: (graph: Graph, ...inputs: Value[]) => Value = plain("Add");
/** a − b, broadcast. */
export const sub: (graph: Graph, ...inputs: Value[]) => Value = plain("Sub");
/** a · b element by element, broadcast. */
export const mul: (graph: Graph, ...inputs: Value[]) => Value = plain("Mul");
/** a / b element by element, broadcast. */
export const div: (graph: Graph, ...inputs: Value[]) => Value = plain("Div");
/** −x. */
export const neg: (graph: Graph, ...inputs: Value[]) => Value = plain("Neg");
/** √x. */
export const sqrt: (graph: Graph, ...inputs: Value[]) => Value = plain("Sqrt");
/** eˣ. */
export const exp: (graph: Graph, ...inputs: Value[]) => Value = plain("Exp");
/** 1 / x. */
export const reciprocal: (graph: Graph, ...inputs: Value[]) => Value = plain("Reciprocal");
/** max(x, 0). */
export const relu: (graph: Graph, ...inputs: Value[]) => Value = plain("Relu");
/** 1 / (1 + e⁻ˣ). */
export const sigmoid: (graph: Graph, ...inputs: Value[]) => Value = plain("Sigmoid");
/** a > b element by element, as bool. */
export const greater: (graph: Graph, ...inputs: Value[]) => Value = plain("Greater");
/** a < b element by element, as bool. */
export const less: (graph: Graph, ...inputs: Value[]) => Value = plain("Less");
/** a = b element by element, as bool. */
export const equal: (graph: Graph, ...inputs: Value[]) => Value = plain("Equal");
/** a and b, as bool. */
export const and: (graph: Graph, ...inputs: Value[]) => Value = plain("And");
/** condition ? a : b, broadcast. */
export const where: (graph: Graph, ...inputs: Value[]) => Value = plain("Where");
/** Matrix product over the last two axes, broadcast over the others. */
export const matMul: (graph: Graph, ...inputs: Value[]) => Value = plain("MatMul");

/** Sum of one or more tensors, broadcast. */
export function addAll(graph: Graph, values: readonly Value[]): Value {
  if (values.length === 1) return values[0]!;
  return values.length === 2 ? add(graph, values[0]!, values[1]!) : graph.node("Sum", values, {});
}

/** x times a constant. */
export function scale(graph: Graph, x: Value, factor: number): Value {
  return factor === 1 ? x : mul(graph, x, graph.scalar(factor));
}

/**
 * alpha · op(a) · op(b), op transposing the last two axes where asked (`com.microsoft`).
 * `transBatchA`, `transBatchB`: that operand is [rows, batch, columns], before op.
 */
export function fusedMatMul(
  graph: Graph,
  a: Value,
  b: Value,
  { transA = false, transB = false, alpha = 1, transBatchA = false, transBatchB = false }: Partial<
    OpAttributes["FusedMatMul"]
  > = {},
): Value {
  if (!transA && !transB && !transBatchA && !transBatchB && alpha === 1) return matMul(graph, a, b);
  return graph.node("FusedMatMul", [a, b], {
    transA,
    transB,
    alpha,
    ...(transBatchA ? { transBatchA } : {}),
    ...(transBatchB ? { transBatchB } : {}),
  });
}

/** x with another shape of the same size. */
export function reshape(graph: Graph, x: Value, shape: readonly number[]): Value {
  if (shape.length === x.shape.length && shape.every((length, axis) => length === x.shape[axis])) {
    return x;
  }
  return graph.node("Reshape", [x], { shape });
}

/** x with its axes in the order of `perm`. */
export function transpose(graph: Graph, x: Value, perm: readonly number[]): Value {
  return perm.every((axis, index) => axis === index) ? x : graph.node("Transpose", [x], { perm });
}

/** Sum over axes; they stay with length 1 unless `keepdims` is false. */
export function reduceSum(graph: Graph, x: Value, axes: readonly number[], keepdims = true): Value {
  return axes.length === 0 ? x : graph.node("ReduceSum", [x], { axes, keepdims });
}

/** Mean over axes; they stay with length 1 unless `keepdims` is false. */
export function reduceMean(
  graph: Graph,
  x: Value,
  axes: readonly number[],
  keepdims = true,
): Value {
  return axes.length === 0 ? x : graph.node("ReduceMean", [x], { axes, keepdims });
}

/** x with another element type. */
export function cast(graph: Graph, x: Value, to: DataType): Value {
  return x.dtype === to ? x : graph.node("Cast", [x], { to });
}

/** Tensors joined along an axis. */
export function concat(graph: Graph, values: readonly Value[], axis: number): Value {
  return values.length === 1 ? values[0]! : graph.node("Concat", values, { axis });
}

/** x repeated to a shape that it broadcasts to. */
export function expand(graph: Graph, x: Value, shape: readonly number[]): Value {
  return x.shape.join() === shape.join() ? x : graph.node("Expand", [x], { shape });
}

/** Where a slice begins and ends on one axis. */
export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  /** @default {1} */
  readonly step?: number;
}

/** The part of x within the ranges; axes that are not named stay whole. */
export function slice(graph: Graph, x: Value, ranges: readonly SliceRange[]): Value {
  const cut = ranges.filter(({ axis, start, end, step }) =>
    start !== 0 || end !== x.shape[axis] || (step ?? 1) !== 1
  );
  if (cut.length === 0) return x;
  return graph.node("Slice", [x], {
    axes: cut.map(({ axis }) => axis),
    starts: cut.map(({ start }) => start),
    ends: cut.map(({ end }) => end),
    steps: cut.map(({ step }) => step ?? 1),
  });
}

/** x padded with a number: beginnings of all axes, then ends; negative amounts crop. */
export function pad(graph: Graph, x: Value, pads: readonly number[], value = 0): Value {
  if (pads.every((amount) => amount === 0)) return x;
  const filled = value !== 0 && pads.some((amount) => amount > 0);
  return graph.node("Pad", [x], filled ? { pads, value } : { pads });
}

/** Zeros of a shape, as a constant of one element repeated where it is used. */
export function zeros(graph: Graph, shape: readonly number[]): Value {
  return expand(graph, graph.scalar(0), shape);
}
