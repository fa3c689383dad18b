import assert from "node:assert/strict";
import { add, matMul, relu, reshape } from "./build.ts";
import { Graph } from "./graph.ts";
import { peakTensorBytes } from "./memory.ts";

const kilobyte = 1024;

Deno.test("peakTensorBytes() is the largest sum of what lives at once", () => {
  const graph = new Graph("chain");
  const x = graph.input("x", "float32", [16, 16]);
  // One kilobyte each; every product needs its operands and its result.
  const first = matMul(graph, x, x);
  const second = matMul(graph, first, first);
  graph.output("y", matMul(graph, second, second));
  assert.equal(peakTensorBytes(graph), 3 * kilobyte);
  graph.output("first", first);
  assert.equal(peakTensorBytes(graph), 4 * kilobyte);
});

Deno.test("peakTensorBytes() counts no copy for a new shape or an operand's last use", () => {
  const graph = new Graph("in place");
  const x = graph.input("x", "float32", [16, 16]);
  const product = matMul(graph, x, x);
  const y = relu(graph, reshape(graph, product, [256]));
  graph.output("y", reshape(graph, y, [4, 64]));
  assert.equal(peakTensorBytes(graph), 2 * kilobyte);
  // Read again afterwards, the product is not written over.
  graph.output("z", add(graph, product, product));
  assert.equal(peakTensorBytes(graph), 3 * kilobyte);
});
