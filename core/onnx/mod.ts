/**
 * Graphs of ONNX operators: built in TypeScript, checked, simplified, printed, encoded as ONNX files.
 *
 * @example A graph as an ONNX file
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeModel, Graph, printGraph, relu, scale } from "@lgd-bench/lgd-bench/onnx";
 *
 * const graph = new Graph("twice");
 * const x = graph.input("x", "float32", [2, 3]);
 * graph.output("y", relu(graph, scale(graph, x, 2)));
 * assert.match(printGraph(graph), /Relu/);
 * const file: Uint8Array = encodeModel(graph);
 * ```
 *
 * @module
 */

export {
  add,
  addAll,
  and,
  cast,
  concat,
  div,
  equal,
  exp,
  expand,
  fusedMatMul,
  greater,
  less,
  matMul,
  mul,
  neg,
  pad,
  reciprocal,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  scale,
  sigmoid,
  slice,
  type SliceRange,
  sqrt,
  sub,
  transpose,
  where,
  zeros,
} from "./build.ts";
export type { ChooseAlgorithm } from "./algorithm.ts";
export { checkGraph } from "./check.ts";
export {
  type Constant,
  Graph,
  type Node,
  type Region,
  sizeOf,
  type TensorData,
  type TensorType,
  type Value,
} from "./graph.ts";
export { peakTensorBytes, tensorBytes } from "./memory.ts";
export type { DataType, OpAttributes, OpName } from "./op.ts";
export { type CutGraph, cutGraph } from "./passes/cut_graph.ts";
export { foldBatchNorm } from "./passes/fold_batch_norm.ts";
export { simplify } from "./passes/simplify.ts";
export { printGraph } from "./print.ts";
export { encodeModel, type EncodeOptions, opsetVersion } from "./proto.ts";
export { broadcastShapes } from "./shape.ts";
