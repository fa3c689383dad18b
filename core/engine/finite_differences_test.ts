import assert from "node:assert/strict";
import { mul } from "../onnx/build.ts";
import { Graph } from "../onnx/graph.ts";
import { finiteDifferences } from "./testdata/finite_differences.ts";
import { floatTensor, Session } from "./session.ts";

Deno.test("finiteDifferences() of x²·y are exact, per element, and leave the feeds alone", async () => {
  const graph = new Graph("square");
  const x = graph.input("x", "float32", [3]);
  const y = graph.input("y", "float32", []);
  graph.output("z", mul(graph, mul(graph, x, x), y));
  const session = await Session.create(graph);
  const feeds = {
    x: floatTensor(Float32Array.of(1, -2, 3), [3]),
    y: floatTensor(Float32Array.of(0.5), []),
  };
  const cotangents = { z: Float32Array.of(1, 10, 100) };
  const dx = await finiteDifferences(session, feeds, { cotangents, input: "x" });
  assert.deepEqual(dx, [1, -20, 300]);
  const last = await finiteDifferences(session, feeds, { cotangents, input: "x", elements: [2] });
  assert.deepEqual(last, [300]);
  const dy = await finiteDifferences(session, feeds, { cotangents, input: "y", step: 0.25 });
  assert.deepEqual(dy, [1 + 40 + 900]);
  assert.deepEqual([...feeds.x.data as Float32Array], [1, -2, 3]);
  await session.release();
});
