import assert from "node:assert/strict";
import { gradients } from "../../autodiff/gradients.ts";
import { floatTensor, type HostTensor, Session } from "../../engine/session.ts";
import { GraphError } from "../../errors.ts";
import { RandomStream } from "../../random.ts";
import { add, expand, mul, reduceSum, relu, reshape, scale } from "../build.ts";
import { checkGraph } from "../check.ts";
import { Graph, sizeOf } from "../graph.ts";
import { cutGraph } from "./cut_graph.ts";
import { simplify } from "./simplify.ts";

/**
 * A loss of its own, and features whose gradient comes from elsewhere: the gradients of all parameters
 * are those of loss + Σ features · gradient.
 */
function trainingGraph(): Graph {
  const graph = new Graph("training");
  const x = graph.input("x", "float32", [2, 3, 8, 8]);
  const weights = [
    graph.input("stem", "float32", [16, 3, 3, 3]),
    graph.input("block", "float32", [16, 16, 3, 3]),
    graph.input("head", "float32", [4, 16, 1, 1]),
  ] as const;
  const given = graph.input("feature gradient", "float32", [2, 16, 8, 8]);
  const pads = { pads: [1, 1, 1, 1] };
  const stem = relu(graph, graph.node("Conv", [x, weights[0]], pads));
  const flat = reshape(graph, stem, [2, 16, 64]);
  const again = reshape(graph, scale(graph, flat, 0.5), [2, 16, 8, 8]);
  const block = graph.node("Conv", [again, weights[1]], pads);
  const features = relu(graph, add(graph, stem, block));
  const head = graph.node("Conv", [features, weights[2]], {});
  const own = reduceSum(graph, mul(graph, head, head), [0, 1, 2, 3], false);
  const from = reduceSum(graph, mul(graph, features, given), [0, 1, 2, 3], false);
  graph.output("loss", own);
  graph.output("features", features);
  gradients(graph, add(graph, own, from), weights).forEach((gradient, index) =>
    graph.output(`gradient ${index}`, gradient)
  );
  return simplify(graph);
}

function feedsOf(graph: Graph): Record<string, HostTensor> {
  const random = new RandomStream(1, "feeds");
  return Object.fromEntries(graph.inputs.map(({ name, shape }) => {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
    return [name, floatTensor(data, shape)];
  }));
}

async function run(
  graph: Graph,
  feeds: Record<string, HostTensor>,
): Promise<Record<string, HostTensor>> {
  const session = await Session.create(graph);
  const outputs = await session.run(feeds);
  await session.release();
  return outputs;
}

Deno.test("cutGraph() gives the bits of the whole graph", async () => {
  const graph = trainingGraph();
  const feeds = feedsOf(graph);
  const expected = await run(graph, feeds);
  const { early, late, crossing } = cutGraph(graph, ["feature gradient"]);
  checkGraph(early);
  checkGraph(late);
  assert(early.inputs.every(({ name }) => name !== "feature gradient"));
  const first = await run(early, feeds);
  const second = await run(late, { ...feeds, ...first });
  const names = graph.outputs.map(({ name }) => name);
  // The head's gradient needs nothing late of its own, but that of the features does.
  assert(names.every((name) => name in first !== name in second), "each output has one place");
  assert("loss" in first && "features" in first && "gradient 0" in second);
  for (const name of names) {
    assert.deepEqual((first[name] ?? second[name])!.data, expected[name]!.data, name);
  }
  for (const { name, shape, dtype } of crossing) {
    assert.deepEqual(first[name]!.shape, shape);
    assert.equal(first[name]!.dtype, dtype);
  }
});

Deno.test("cutGraph() computes nothing twice but what is cheap, and carries no value over twice", () => {
  const graph = trainingGraph();
  const { early, late, crossing } = cutGraph(graph, ["feature gradient"]);
  const convolutions = (of: Graph) =>
    of.nodes.filter(({ op }) => ["Conv", "FusedConv", "FusedMatMul", "MatMul"].includes(op)).length;
  assert.equal(convolutions(early) + convolutions(late), convolutions(graph));
  // The features cross under their own name; what is half of the stem is computed again.
  const names = crossing.map(({ name }) => name);
  assert(names.includes("features"), names.join());
  assert.equal(new Set(names).size, names.length);
  assert(late.nodes.some(({ op }) => op === "Mul"));
  const bytes = crossing.reduce((total, { shape }) => total + 4 * sizeOf(shape), 0);
  // Stem, features, and the head's output.
  assert.equal(bytes, 4 * 2 * 64 * (16 + 16 + 4));
});

Deno.test("cutGraph() lets a small tensor cross in place of the large one made of it", () => {
  const graph = new Graph("wide");
  const x = graph.input("x", "float32", [1, 8]);
  const y = graph.input("y", "float32", [64, 8]);
  const small = graph.node("Exp", [x], {});
  const wide = expand(graph, small, [64, 8]);
  graph.output("early", reduceSum(graph, wide, [0, 1], false));
  graph.output("late", mul(graph, wide, y));
  const { crossing, late } = cutGraph(graph, ["y"]);
  assert.deepEqual(crossing.map(({ shape }) => shape), [[1, 8]]);
  assert.deepEqual(late.nodes.map(({ op }) => op), ["Expand", "Mul"]);
});

Deno.test("cutGraph() leaves what only late outputs need to the late graph", () => {
  const graph = new Graph("late work");
  const x = graph.input("x", "float32", [4, 4]);
  const y = graph.input("y", "float32", [4, 4]);
  graph.output("early", relu(graph, x));
  graph.output("late", add(graph, graph.node("MatMul", [x, x], {}), y));
  const { early, late, crossing } = cutGraph(graph, ["y"]);
  assert.deepEqual(early.nodes.map(({ op }) => op), ["Relu"]);
  assert.deepEqual(late.nodes.map(({ op }) => op), ["MatMul", "Add"]);
  assert.deepEqual(crossing, []);
});

Deno.test("cutGraph() refuses inputs that it cannot cut by", () => {
  const graph = trainingGraph();
  assert.throws(() => cutGraph(graph, ["targets"]), (error) => {
    assert(error instanceof GraphError);
    assert.match(error.message, /Cannot cut graph training: it has no input "targets"/);
    return true;
  });
  const useless = new Graph("useless");
  useless.output("y", relu(useless, useless.input("x", "float32", [1])));
  useless.input("late", "float32", [1]);
  assert.throws(
    () => cutGraph(useless, ["late"]),
    /Cannot cut graph useless: no output depends on late/,
  );
});
