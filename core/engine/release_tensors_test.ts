import assert from "node:assert/strict";
import { scale } from "../onnx/build.ts";
import { Graph } from "../onnx/graph.ts";
import { releaseTensors } from "./release_tensors.ts";
import { floatTensor, Session } from "./session.ts";

Deno.test("releaseTensors() keeps the memory of many runs at that of one", async () => {
  const graph = new Graph("large output");
  const length = 8 * 2 ** 20;
  graph.output("y", scale(graph, graph.input("x", "float32", [length]), 2));
  const session = await Session.create(graph);
  const x = floatTensor(new Float32Array(length).fill(1), [length]);
  const before = Deno.memoryUsage().rss;
  let most = 0;
  for (let run = 0; run < 30; run++) {
    const outputs = await session.run({ x });
    assert.equal(outputs["y"]!.data[length - 1], 2);
    releaseTensors(Object.values(outputs));
    assert.equal(outputs["y"]!.data.length, 0, "what was released is empty");
    most = Math.max(most, Deno.memoryUsage().rss);
  }
  releaseTensors([x, x]);
  await session.release();
  // An output in the runtime, its copy, and a buffer of the runtime: 32 MB each.
  assert(most - before < 5 * 4 * length, `memory grew by ${most - before} bytes`);
});
