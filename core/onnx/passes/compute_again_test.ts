import assert from "node:assert/strict";
import { floatTensor, Session } from "../../engine/session.ts";
import { add, concat, reduceSum, relu, scale, slice } from "../build.ts";
import { checkGraph } from "../check.ts";
import { Graph } from "../graph.ts";
import { memoryPeak, peakTensorBytes } from "../memory.ts";
import { computeAgain } from "./compute_again.ts";

const side = 1024, bytes = 4 * side ** 2;

/** Two halves of a map that wait while something large is made of it. */
function waitingGraph(): Graph {
  const graph = new Graph("waiting");
  const x = graph.input("x", "float32", [side, side]);
  const map = graph.node("Exp", [scale(graph, x, 0.01)], {});
  const halves = [0, 1].map((part) =>
    scale(
      graph,
      slice(graph, map, [{ axis: 0, start: part * side / 2, end: (part + 1) * side / 2 }]),
      3,
    )
  );
  const sums = halves.map((half) => reduceSum(graph, relu(graph, half), [0, 1]));
  const wide = graph.node("Tanh", [concat(graph, [map, map, map], 0)], {});
  graph.output("wide", reduceSum(graph, wide, [0, 1]));
  graph.output("map", map);
  halves.forEach((half, index) =>
    graph.output(`half ${index}`, add(graph, reduceSum(graph, half, [0, 1]), sums[index]!))
  );
  return graph;
}

async function run(graph: Graph): Promise<Record<string, unknown>> {
  const session = await Session.create(graph);
  const data = Float32Array.from({ length: side ** 2 }, (_, index) => index % 97 - 48);
  const outputs = await session.run({ x: floatTensor(data, [side, side]) });
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
}

Deno.test("computeAgain() drops what waits at the peak, and gives the same bits", async () => {
  const graph = waitingGraph();
  const less = computeAgain(graph, 0);
  checkGraph(less);
  // The halves, or what they are made of, together.
  assert(memoryPeak(graph).bytes - memoryPeak(less).bytes >= 0.99 * bytes);
  assert(less.nodes.length > graph.nodes.length);
  assert.deepEqual(await run(less), await run(graph));
});

Deno.test("computeAgain() leaves a graph alone that takes little enough", () => {
  const graph = waitingGraph();
  assert.equal(computeAgain(graph, peakTensorBytes(graph)), graph);
});

Deno.test("computeAgain() keeps what costs more than memory, or would keep something else waiting", () => {
  const graph = new Graph("kept");
  const x = graph.input("x", "float32", [side, side]);
  const costly = graph.node("Exp", [x], {});
  const made = relu(graph, graph.node("Tanh", [x], {}));
  const wide = graph.node("Tanh", [concat(graph, [x, x, x], 0)], {});
  graph.output("wide", reduceSum(graph, wide, [0, 1]));
  graph.output("sum", reduceSum(graph, add(graph, costly, made), [0, 1]));
  assert.equal(computeAgain(graph, 0), graph);
});
