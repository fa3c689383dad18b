import assert from "node:assert/strict";
import { add, matMul, relu, scale } from "./build.ts";
import { Graph } from "./graph.ts";
import { printGraph, printNode } from "./print.ts";

Deno.test("printGraph() lists inputs, constants, nodes and outputs", () => {
  const graph = new Graph("small");
  const x = graph.input("x", "float32", [2, 3]);
  const w = graph.input("w", "float32", [3, 4]);
  const bias = graph.constant("float32", [4], Float32Array.of(1, -2.5, 0, 4), "bias");
  const y = add(graph, matMul(graph, x, w), bias);
  graph.output(
    "loss",
    graph.node("ReduceSum", [scale(graph, y, 2)], { axes: [1], keepdims: false }),
  );
  assert.equal(
    printGraph(graph),
    `graph small(x: float32[2, 3], w: float32[3, 4])
  bias: float32[4] = [1, -2.5, 0, 4]
  v5: float32[] = 2
  v3: float32[2, 4] = MatMul(x, w)
  v4: float32[2, 4] = Add(v3, bias)
  v6: float32[2, 4] = Mul(v4, v5)
  v7: float32[2] = ReduceSum(v6) axes=[1] keepdims=false
  output loss = v7
`,
  );
});

Deno.test("printGraph() marks regions, second outputs and long constants", () => {
  const graph = new Graph("pool");
  const x = graph.input("x", "float32", [1, 1, 4, 4]);
  graph.constant("int64", [9], new BigInt64Array(9).fill(7n));
  const [pooled] = graph.nodeOutputs("MaxPool", [x], { kernelShape: [2, 2], strides: [2, 2] });
  graph.region("double_relu", [pooled!], () => [relu(graph, relu(graph, pooled!))], () => [null]);
  assert.equal(
    printGraph(graph),
    `graph pool(x: float32[1, 1, 4, 4])
  v1: int64[9] = [7, 7, 7, 7, 7, 7, 7, 7, …]
  v2: float32[1, 1, 2, 2], v3: int64[1, 1, 2, 2] = MaxPool(x) kernelShape=[2, 2] strides=[2, 2]
  v4: float32[1, 1, 2, 2] = Relu(v2)  # double_relu
  v5: float32[1, 1, 2, 2] = Relu(v4)  # double_relu
`,
  );
});

Deno.test("printNode() leaves out attributes that are not given", () => {
  const graph = new Graph("convolution");
  const x = graph.input("x", "float32", [1, 2, 5, 5]);
  const w = graph.input("w", "float32", [2, 1, 3, 3]);
  graph.node("Conv", [x, w], { group: 2, pads: [1, 1, 1, 1] });
  assert.equal(
    printNode(graph.nodes[0]!),
    "v2: float32[1, 2, 5, 5] = Conv(x, w) group=2 pads=[1, 1, 1, 1]",
  );
});
