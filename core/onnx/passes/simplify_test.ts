import assert from "node:assert/strict";
import { gradients } from "../../autodiff/gradients.ts";
import { floatTensor, type HostTensor, Session } from "../../engine/session.ts";
import { RandomStream } from "../../random.ts";
import {
  add,
  concat,
  expand,
  mul,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  scale,
  slice,
  sub,
  where,
} from "../build.ts";
import { checkGraph } from "../check.ts";
import { shareCommonSubexpressions } from "./common_subexpressions.ts";
import { reachable, removeDeadCode } from "./dead_code.ts";
import { broadcastOperands } from "./expand_operands.ts";
import { Graph, sizeOf } from "../graph.ts";
import { printGraph } from "../print.ts";
import { simplify } from "./simplify.ts";

/** Forward, loss, gradients and update of a small convolutional network, without care for cost. */
function trainingGraph(): Graph {
  const graph = new Graph("training");
  const x = graph.input("x", "float32", [2, 3, 8, 8]);
  const weights = [
    graph.input("stem", "float32", [4, 3, 3, 3]),
    graph.input("down", "float32", [6, 4, 3, 3]),
    graph.input("shortcut", "float32", [6, 4, 1, 1]),
  ] as const;
  const target = graph.input("target", "float32", [2, 6]);
  const stem = relu(graph, graph.node("Conv", [x, weights[0]], { pads: [1, 1, 1, 1] }));
  const pooled = graph.node("MaxPool", [stem], {
    kernelShape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  });
  const down = graph.node("Conv", [pooled, weights[1]], {
    pads: [1, 1, 1, 1],
    strides: [2, 2],
  });
  const shortcut = graph.node("Conv", [pooled, weights[2]], { strides: [2, 2] });
  // A BatchNorm by the chain rule, its mean computed twice.
  const sum = add(graph, down, shortcut);
  const centered = sub(graph, sum, reduceMean(graph, sum, [0, 2, 3]));
  const again = sub(graph, sum, expand(graph, reduceMean(graph, sum, [0, 2, 3]), sum.shape));
  const variance = reduceMean(graph, mul(graph, centered, again), [0, 2, 3]);
  const normal = graph.node("Div", [
    centered,
    graph.node("Sqrt", [add(graph, variance, graph.scalar(1e-5))], {}),
  ], {});
  const features = reshape(graph, reduceMean(graph, relu(graph, normal), [2, 3]), [2, 6]);
  const logits = graph.node("LogSoftmax", [features], { axis: 1 });
  const loss = scale(
    graph,
    reduceSum(graph, mul(graph, target, logits), [0, 1], false),
    -0.5,
  );
  graph.output("loss", loss);
  gradients(graph, loss, weights).forEach((gradient, index) => {
    const weight = weights[index]!;
    graph.output(`next ${weight.name}`, sub(graph, weight, scale(graph, gradient, 0.1)));
  });
  graph.node("Exp", [x], {}); // Nobody reads it.
  return graph;
}

async function run(graph: Graph, feeds: Readonly<Record<string, HostTensor>>) {
  const session = await Session.create(graph);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

function randomFeeds(graph: Graph): Record<string, HostTensor> {
  const random = new RandomStream(3, "simplify");
  return Object.fromEntries(graph.inputs.map(({ name, shape }) => [
    name,
    floatTensor(Float32Array.from({ length: sizeOf(shape) }, () => random.normal()), shape),
  ]));
}

Deno.test("simplify() leaves fewer nodes and the same numbers, to the bit", async () => {
  const graph = trainingGraph();
  const simple = simplify(graph);
  checkGraph(graph);
  checkGraph(simple);
  const before = reachable(graph).nodes.length;
  assert(
    simple.nodes.length < before - 5,
    `${simple.nodes.length} nodes of ${before} reachable ones`,
  );
  assert(before < graph.nodes.length);
  assert(!simple.nodes.some((node) => node.op === "Exp"));
  const feeds = randomFeeds(graph);
  const expected = await run(graph, feeds);
  const actual = await run(simple, feeds);
  assert.deepEqual(Object.keys(actual), Object.keys(expected));
  for (const [name, tensor] of Object.entries(expected)) {
    assert((tensor.data as Float32Array).every(Number.isFinite), name);
    assert.deepEqual(actual[name], tensor, name);
  }
});

Deno.test("simplify() changes nothing more when it runs again", () => {
  const simple = simplify(trainingGraph());
  assert.equal(printGraph(simplify(simple)), printGraph(simple));
});

Deno.test("removeDeadCode() drops what no output depends on, and keeps inputs", () => {
  const graph = new Graph("dead");
  const x = graph.input("x", "float32", [2]);
  graph.input("unused", "float32", [2]);
  const kept = graph.constant("float32", [2], Float32Array.of(1, 2), "kept");
  const dropped = graph.constant("float32", [2], Float32Array.of(3, 4), "dropped");
  relu(graph, add(graph, x, dropped));
  graph.output("y", add(graph, x, kept));
  assert.equal(
    printGraph(removeDeadCode(graph)),
    `graph dead(x: float32[2], unused: float32[2])
  kept: float32[2] = [1, 2]
  v3: float32[2] = Add(x, kept)
  output y = v3
`,
  );
});

Deno.test("removeDeadCode() keeps a node of which one output is read, and data of constants", () => {
  const graph = new Graph("split");
  const data = Float32Array.from({ length: 100 }, (_, index) => index);
  const constant = graph.constant("float32", [100], data);
  const [, second] = graph.nodeOutputs("Split", [constant], { axis: 0, split: [40, 60] });
  graph.output("constant", constant);
  graph.output("second", second!);
  const result = removeDeadCode(graph);
  assert.deepEqual(result.nodes.map((node) => node.op), ["Split"]);
  assert.equal([...result.constants.values()][0]!.data, data);
});

Deno.test("shareCommonSubexpressions() shares equal nodes, also in another order of operands", () => {
  const graph = new Graph("equal");
  const x = graph.input("x", "float32", [2]);
  const y = graph.input("y", "float32", [2]);
  const first = relu(graph, add(graph, x, y));
  const second = relu(graph, add(graph, y, x));
  graph.output("z", concat(graph, [first, second], 0));
  assert.equal(
    printGraph(shareCommonSubexpressions(graph)),
    `graph equal(x: float32[2], y: float32[2])
  v2: float32[2] = Add(x, y)
  v3: float32[2] = Relu(v2)
  v4: float32[4] = Concat(v3, v3) axis=0
  output z = v4
`,
  );
});

Deno.test("shareCommonSubexpressions() keeps nodes apart that differ", () => {
  const graph = new Graph("different");
  const x = graph.input("x", "float32", [2, 2]);
  const y = graph.input("y", "float32", [2, 2]);
  const clip = (min: number, max: number) => graph.node("Clip", [x], { min, max });
  const values = [
    sub(graph, x, y),
    sub(graph, y, x),
    reduceSum(graph, x, [0]),
    reduceSum(graph, x, [1]),
    reduceSum(graph, x, [1], false),
    reduceMean(graph, x, [1]),
    // JSON has no infinities and no negative zero.
    clip(-Infinity, 1),
    clip(-1, Infinity),
    clip(-Infinity, Infinity),
    clip(0, Infinity),
    clip(-0, Infinity),
    slice(graph, x, [{ axis: 0, start: 0, end: 1 }]),
    slice(graph, x, [{ axis: 0, start: 1, end: 2 }]),
  ];
  values.forEach((value, index) => graph.output(`y${index}`, value));
  assert.equal(shareCommonSubexpressions(graph).nodes.length, values.length);
});

Deno.test("shareCommonSubexpressions() shares all outputs of a node", () => {
  const graph = new Graph("pools");
  const x = graph.input("x", "float32", [1, 1, 4, 4]);
  const pool = () => graph.nodeOutputs("MaxPool", [x], { kernelShape: [2, 2] });
  graph.output("maxima", pool()[0]!);
  graph.output("indices", pool()[1]!);
  const result = shareCommonSubexpressions(graph);
  assert.deepEqual(
    result.outputs.map(({ value }) => value),
    result.nodes[0]!.outputs,
  );
  assert.equal(result.nodes.length, 1);
});

Deno.test("broadcastOperands() leaves out expansions that broadcasting does", async () => {
  const graph = new Graph("expansions");
  const x = graph.input("x", "float32", [2, 3]);
  const row = graph.input("row", "float32", [1, 3]);
  const wide = expand(graph, row, [2, 3]);
  graph.output("product", mul(graph, wide, x));
  graph.output("choice", where(graph, graph.node("Less", [x, wide], {}), wide, x));
  // One of the two operands must keep the shape.
  graph.output("square", mul(graph, wide, wide));
  // Not an operator that broadcasts.
  graph.output("joined", concat(graph, [x, wide], 0));
  const result = broadcastOperands(graph);
  checkGraph(result);
  const inputsOf = (index: number) => result.nodes[index]!.inputs.map((input) => input.name);
  assert.equal(result.nodes[0]!.op, "Expand");
  const expanded = result.nodes[0]!.outputs[0]!.name;
  assert.deepEqual(inputsOf(1), ["row", "x"]);
  assert.deepEqual(inputsOf(2), ["x", "row"]);
  assert.deepEqual(inputsOf(3).slice(1), ["row", "x"]);
  assert.deepEqual(inputsOf(4), ["row", expanded]);
  assert.deepEqual(inputsOf(5), ["x", expanded]);
  const feeds = randomFeeds(graph);
  assert.deepEqual(await run(result, feeds), await run(graph, feeds));
});

Deno.test("broadcastOperands() makes short runs long, and leaves others as they are", async () => {
  const graph = new Graph("runs");
  const x = graph.input("x", "float32", [1, 6, 12, 20, 8]);
  const factors = graph.input("factors", "float32", [1, 6, 1, 1, 8]);
  const perChannel = graph.input("per channel", "float32", [1, 6, 1, 1, 1]);
  graph.output("scaled", mul(graph, x, factors));
  graph.output("shifted", sub(graph, expand(graph, factors, x.shape), x));
  graph.output("by channel", mul(graph, x, perChannel));
  graph.output("by number", mul(graph, x, graph.scalar(2)));
  const result = simplify(graph);
  checkGraph(result);
  // One row of images for both: 160 numbers in a row where there were 8.
  const expansions = result.nodes.filter(({ op }) => op === "Expand");
  assert.deepEqual(expansions.map(({ outputs }) => outputs[0]!.shape), [[1, 6, 1, 20, 8]]);
  assert.equal(result.nodes.length, 5);
  const feeds = randomFeeds(graph);
  assert.deepEqual(await run(result, feeds), await run(graph, feeds));
});
