/**
 * Runs graphs with ONNX Runtime. Graphs are built with `./onnx` and differentiated with `./autodiff`.
 *
 * @example Run a graph
 * ```ts
 * import assert from "node:assert/strict";
 * import { floatTensor, Session } from "@lgd-bench/lgd-bench/engine";
 * import { Graph, scale } from "@lgd-bench/lgd-bench/onnx";
 *
 * const graph = new Graph("twice");
 * graph.output("y", scale(graph, graph.input("x", "float32", [2]), 2));
 * const session = await Session.create(graph, { threads: 1 });
 * const { y } = await session.run({ x: floatTensor(Float32Array.of(1, 2), [2]) });
 * assert.deepEqual([...y!.data], [2, 4]);
 * await session.release();
 * ```
 *
 * @module
 */

export { SessionPool, type SessionPoolOptions } from "./session_pool.ts";
export { ModelFile, type ModelPort } from "./model_file.ts";
export {
  type EncodedGraph,
  encodeGraph,
  floatTensor,
  type HostData,
  type HostTensor,
  runtimeVersion,
  Session,
  type SessionOptions,
} from "./session.ts";
