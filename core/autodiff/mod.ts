/**
 * Reverse-mode differentiation of graphs: gradients are graphs of the same operators.
 *
 * @example The gradient of a sum of squares
 * ```ts
 * import assert from "node:assert/strict";
 * import { gradients } from "@lgd-bench/lgd-bench/autodiff";
 * import { floatTensor, Session } from "@lgd-bench/lgd-bench/engine";
 * import { Graph, mul, reduceSum } from "@lgd-bench/lgd-bench/onnx";
 *
 * const graph = new Graph("sum of squares");
 * const x = graph.input("x", "float32", [3]);
 * const [gradient] = gradients(graph, reduceSum(graph, mul(graph, x, x), [0], false), [x]);
 * graph.output("gradient", gradient!);
 * const session = await Session.create(graph);
 * const outputs = await session.run({ x: floatTensor(Float32Array.of(1, 2, 3), [3]) });
 * assert.deepEqual([...outputs["gradient"]!.data], [2, 4, 6]);
 * await session.release();
 * ```
 *
 * @module
 */

export { gradients } from "./gradients.ts";
export { givenGradients } from "./given_gradients.ts";
export { stopGradient } from "./stop_gradient.ts";
