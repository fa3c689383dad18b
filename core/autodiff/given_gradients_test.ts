import assert from "node:assert/strict";
import { floatTensor, Session } from "../engine/session.ts";
import { add, mul, reduceSum, scale } from "../onnx/build.ts";
import { Graph } from "../onnx/graph.ts";
import { givenGradients } from "./given_gradients.ts";
import { gradients } from "./gradients.ts";

/** Gradient at x = (1, 2) of Σ x² + factor · (what is given for 3·x). */
async function gradientWith(factor: number): Promise<number[]> {
  const graph = new Graph("given");
  const x = graph.input("x", "float32", [2]), given = graph.input("given", "float32", [2]);
  const own = reduceSum(graph, mul(graph, x, x), [0], false);
  const outside = givenGradients(graph, [scale(graph, x, 3)], [given]);
  const loss = add(graph, own, scale(graph, outside, factor));
  graph.output("loss", loss);
  graph.output("gradient", gradients(graph, loss, [x])[0]!);
  const session = await Session.create(graph);
  const outputs = await session.run({
    x: floatTensor(Float32Array.of(1, 2), [2]),
    given: floatTensor(Float32Array.of(5, -1), [2]),
  });
  await session.release();
  assert.equal(outputs["loss"]!.data[0], 5);
  return [...outputs["gradient"]!.data as Float32Array];
}

Deno.test("givenGradients() flow back as if the loss had them", async () => {
  assert.deepEqual(await gradientWith(1), [2 + 15, 4 - 3]);
  assert.deepEqual(await gradientWith(2), [2 + 30, 4 - 6]);
});
