import assert from "node:assert/strict";
import { relu } from "../onnx/build.ts";
import { Graph } from "../onnx/graph.ts";
import { peakTensorBytes } from "../onnx/memory.ts";
import { floatTensor } from "./session.ts";
import { SessionPool } from "./session_pool.ts";

function reluOf(length: number): Graph {
  const graph = new Graph(`relu of ${length}`);
  graph.output("y", relu(graph, graph.input("x", "float32", [length])));
  return graph;
}

Deno.test("SessionPool releases what was not used for longest, within its bound", async () => {
  const each = peakTensorBytes(reluOf(100));
  const pool = new SessionPool({ memoryBytes: 2.5 * each });
  let built = 0;
  const use = async (key: string, length = 100) => {
    const session = await pool.get(key, () => {
      built++;
      return reluOf(length);
    });
    const { y } = await session.run({
      x: floatTensor(new Float32Array(length).fill(-1), [length]),
    });
    assert.equal(y!.data[0], 0);
  };
  await use("a");
  await use("b");
  await use("a");
  assert.equal(built, 2, "what is loaded is not built again");
  await use("c");
  assert.deepEqual(pool.keys, ["a", "c"]);
  await use("b");
  assert.equal(built, 4);
  assert.deepEqual(pool.keys, ["c", "b"]);
  // Larger than the bound: alone, but there.
  await use("large", 1000);
  assert.deepEqual(pool.keys, ["large"]);
  await pool.release();
  assert.deepEqual(pool.keys, []);
});

Deno.test("SessionPool computes the same beside a session that gives its memory back", async () => {
  const each = peakTensorBytes(reluOf(100));
  const pool = new SessionPool({ memoryBytes: 1e6, keptBytes: 2 * each });
  for (const [key, length] of [["large", 1000], ["small", 100], ["tiny", 4]] as const) {
    const session = await pool.get(key, () => reluOf(length));
    const x = floatTensor(new Float32Array(length).fill(2), [length]);
    for (let run = 0; run < 2; run++) {
      assert.deepEqual((await session.run({ x })).y!.data, x.data, key);
    }
  }
  await pool.release();
});
