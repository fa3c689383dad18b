import assert from "node:assert/strict";
import { floatTensor, type HostTensor, Session } from "../engine/session.ts";
import { GraphError } from "../errors.ts";
import {
  add,
  div,
  exp,
  fusedMatMul,
  mul,
  neg,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  scale,
  sqrt,
} from "../onnx/build.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { gradients } from "./gradients.ts";
import { unbroadcast } from "./unbroadcast.ts";

/** Sum of all elements, as a scalar. */
function total(graph: Graph, x: Value): Value {
  return x.shape.length === 0 ? x : reduceSum(graph, x, x.shape.map((_, axis) => axis), false);
}

async function evaluate(
  graph: Graph,
  values: Readonly<Record<string, Value>>,
  feeds: Readonly<Record<string, HostTensor>> = {},
): Promise<Record<string, number[]>> {
  for (const [name, value] of Object.entries(values)) graph.output(name, value);
  const session = await Session.create(graph);
  try {
    const results = await session.run(feeds);
    return Object.fromEntries(
      Object.keys(values).map((name) => [name, [...results[name]!.data as Float32Array]]),
    );
  } finally {
    await session.release();
  }
}

function assertNear(
  actual: readonly number[],
  expected: readonly number[],
  tolerance = 1e-6,
): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => {
    const limit = tolerance * Math.max(1, Math.abs(expected[index]!));
    assert(
      Math.abs(value - expected[index]!) <= limit,
      `${index}: ${value}, expected ${expected[index]}`,
    );
  });
}

Deno.test("gradients() adds up the ways by which a value reaches the loss", async () => {
  const graph = new Graph("ways");
  const x = graph.input("x", "float32", [2]);
  // y = x·x + eˣ + x: dy/dx = 2x + eˣ + 1
  const y = add(graph, add(graph, mul(graph, x, x), exp(graph, x)), x);
  const [dx] = gradients(graph, total(graph, y), [x]);
  const result = await evaluate(graph, { dx: dx! }, { x: floatTensor(Float32Array.of(0, 2), [2]) });
  assertNear(result.dx!, [2, 5 + Math.exp(2)]);
});

Deno.test("gradients() of a chain of shared values do not grow with the number of ways", () => {
  const graph = new Graph("doubling");
  const x = graph.input("x", "float32", [1]);
  let y = x;
  for (let depth = 0; depth < 30; depth++) y = mul(graph, y, y);
  const before = graph.nodes.length;
  gradients(graph, y, [x]);
  assert(graph.nodes.length - before < 200, `${graph.nodes.length - before} nodes`);
});

Deno.test("gradients() stops at targets, goes through them, and knows the loss itself", async () => {
  const graph = new Graph("targets");
  const x = graph.input("x", "float32", [2]);
  const inner = scale(graph, x, 3);
  const loss = total(graph, mul(graph, inner, inner));
  const nodes = graph.nodes.length;
  gradients(graph, loss, [inner]);
  // 3·x is not differentiated when only `inner` is asked for.
  assert(!graph.nodes.slice(nodes).some((node) => node.inputs.includes(x)));
  const [dx, dInner, dLoss] = gradients(graph, loss, [x, inner, loss]);
  const result = await evaluate(
    graph,
    { dx: dx!, dInner: dInner!, dLoss: dLoss! },
    { x: floatTensor(Float32Array.of(1, -2), [2]) },
  );
  assertNear(result.dInner!, [6, -12]);
  assertNear(result.dx!, [18, -36]);
  assertNear(result.dLoss!, [1]);
});

Deno.test("gradients() gives zeros to what the loss does not depend on", async () => {
  const graph = new Graph("unrelated");
  const x = graph.input("x", "float32", [2]);
  const other = graph.input("other", "float32", [2, 3]);
  const sign = graph.node("Sign", [x], {});
  const [dOther] = gradients(graph, total(graph, x), [other]);
  const [throughSign] = gradients(graph, total(graph, sign), [x]);
  const result = await evaluate(graph, { dOther: dOther!, throughSign: throughSign! }, {
    x: floatTensor(Float32Array.of(1, 2), [2]),
    other: floatTensor(new Float32Array(6), [2, 3]),
  });
  assert.deepEqual(result, { dOther: [0, 0, 0, 0, 0, 0], throughSign: [0, 0] });
});

Deno.test("gradients() goes around an operator whose derivative is zero", async () => {
  const graph = new Graph("mask");
  const x = graph.input("x", "float32", [3]);
  const mask = graph.node("Cast", [graph.node("Greater", [x, graph.scalar(0)], {})], {
    to: "float32",
  });
  const [dx] = gradients(graph, total(graph, mul(graph, mask, mul(graph, x, x))), [x]);
  const feeds = { x: floatTensor(Float32Array.of(-1, 2, 3), [3]) };
  assertNear((await evaluate(graph, { dx: dx! }, feeds)).dx!, [0, 4, 6]);
});

Deno.test("gradients() of a Split of which one part is used", async () => {
  for (const used of [0, 1]) {
    const graph = new Graph("split");
    const x = graph.input("x", "float32", [3]);
    const parts = graph.nodeOutputs("Split", [x], { axis: 0, split: [1, 2] });
    const [dx] = gradients(graph, total(graph, scale(graph, parts[used]!, 5)), [x]);
    const feeds = { x: floatTensor(new Float32Array(3), [3]) };
    const result = await evaluate(graph, { dx: dx! }, feeds);
    assert.deepEqual(result.dx, used === 0 ? [5, 0, 0] : [0, 5, 5]);
  }
});

Deno.test("gradients() of softmax cross-entropy equal (softmax(s) − p) / τ / B", async () => {
  const graph = new Graph("cross-entropy");
  const batch = 2, classes = 3, temperature = 0.2;
  const scores = graph.input("scores", "float32", [batch, classes]);
  const target = graph.input("target", "float32", [batch, classes]);
  const logits = scale(graph, scores, 1 / temperature);
  const logProbabilities = graph.node("LogSoftmax", [logits], { axis: 1 });
  const perSample = reduceSum(graph, mul(graph, target, logProbabilities), [1], false);
  const loss = neg(graph, reduceMean(graph, perSample, [0], false));
  const [gradient] = gradients(graph, loss, [scores]);
  const s = Float32Array.of(0.3, -0.1, 0.25, 0.9, 0.2, -0.4);
  const p = Float32Array.of(0.5, 0.25, 0.25, 0, 1, 0);
  const result = await evaluate(graph, { gradient: gradient!, loss }, {
    scores: floatTensor(s, [batch, classes]),
    target: floatTensor(p, [batch, classes]),
  });
  const expected: number[] = [];
  let wantedLoss = 0;
  for (let row = 0; row < batch; row++) {
    const own = [...s.subarray(row * classes, (row + 1) * classes)];
    const exponentials = own.map((score) => Math.exp(score / temperature));
    const sum = exponentials.reduce((a, b) => a + b);
    exponentials.forEach((exponential, column) => {
      const probability = p[row * classes + column]!;
      expected.push((exponential / sum - probability) / temperature / batch);
      wantedLoss -= probability * Math.log(exponential / sum) / batch;
    });
  }
  assertNear(result.gradient!, expected);
  assertNear(result.loss!, [wantedLoss]);
});

Deno.test("gradients() of cosine similarity are orthogonal to the vector, as the closed form", async () => {
  const graph = new Graph("cosine");
  const x = graph.input("x", "float32", [1, 3]);
  const w = graph.input("w", "float32", [1, 3]);
  const norm = sqrt(graph, graph.node("ReduceSumSquare", [x], { axes: [1], keepdims: true }));
  const unit = div(graph, x, norm);
  const [dx, dw] = gradients(graph, fusedMatMul(graph, unit, w, { transB: true }), [x, w]);
  const data = Float32Array.of(2, -1, 2), weights = Float32Array.of(0.5, 1, -1.5);
  const result = await evaluate(graph, { dx: dx!, dw: dw! }, {
    x: floatTensor(data, [1, 3]),
    w: floatTensor(weights, [1, 3]),
  });
  // |x| = 3, x̂·w = −1: dx = (w − x̂·(x̂·w)) / |x|
  assertNear(result.dw!, [2 / 3, -1 / 3, 2 / 3]);
  assertNear(result.dx!, [0.5 + 2 / 3, 1 - 1 / 3, -1.5 + 2 / 3].map((value) => value / 3));
});

Deno.test("gradients() of a gradient: the second derivative of x³ is 6x", async () => {
  const graph = new Graph("twice");
  const x = graph.input("x", "float32", [2]);
  const cube = mul(graph, mul(graph, x, x), x);
  const [first] = gradients(graph, total(graph, cube), [x]);
  const [second] = gradients(graph, total(graph, first!), [x]);
  const feeds = { x: floatTensor(Float32Array.of(2, -3), [2]) };
  const result = await evaluate(graph, { first: first!, second: second! }, feeds);
  assertNear(result.first!, [12, 27]);
  assertNear(result.second!, [12, -18]);
});

Deno.test("gradients() uses a region's own rule, once, with null for outputs without gradient", async () => {
  const graph = new Graph("region");
  const x = graph.input("x", "float32", [2]);
  const seen: (string | null)[][] = [];
  const [doubled] = graph.region(
    "straight-through sign",
    [x],
    () => {
      const sign = graph.node("Sign", [x], {});
      return [scale(graph, sign, 2), exp(graph, sign)];
    },
    (graph, outputGradients) => {
      seen.push(outputGradients.map((gradient) => gradient?.shape.join() ?? null));
      return [scale(graph, outputGradients[0]!, 10)];
    },
  );
  const [dx] = gradients(graph, total(graph, mul(graph, doubled!, x)), [x]);
  const feeds = { x: floatTensor(Float32Array.of(-3, 4), [2]) };
  // d(2·sign(x)·x) = 10·x + 2·sign(x) with the region's rule.
  assertNear((await evaluate(graph, { dx: dx! }, feeds)).dx!, [-32, 42]);
  assert.deepEqual(seen, [["2", null]]);
});

Deno.test("gradients() covers a nested region by the outer region's rule", async () => {
  const graph = new Graph("nested");
  const x = graph.input("x", "float32", [1]);
  const inner = (value: Value) =>
    graph.region("inner", [value], () => [relu(graph, value)], () => {
      throw new Error("the inner rule was used");
    });
  const [y] = graph.region(
    "outer",
    [x],
    () => inner(scale(graph, x, 2)),
    (graph, [gradient]) => [scale(graph, gradient!, 7)],
  );
  const [dx] = gradients(graph, total(graph, y!), [x]);
  const feeds = { x: floatTensor(Float32Array.of(1), [1]) };
  assert.deepEqual((await evaluate(graph, { dx: dx! }, feeds)).dx, [7]);
});

Deno.test("gradients() refuses a region that returns the wrong number of gradients", () => {
  const graph = new Graph("short");
  const x = graph.input("x", "float32", [1]);
  const [y] = graph.region("forgetful", [x, x], () => [relu(graph, x)], () => [null]);
  assert.throws(
    () => gradients(graph, y!, [x]),
    /internal: forgetful returned 1 gradients for 2 inputs/,
  );
});

Deno.test("gradients() refuses a loss that is not a scalar", () => {
  const graph = new Graph("vector");
  const x = graph.input("x", "float32", [2, 3]);
  assert.throws(
    () => gradients(graph, relu(graph, x), [x]),
    (error) => error instanceof GraphError && /\[2, 3\]: expected a scalar/.test(error.message),
  );
});

Deno.test("gradients() names the node that it has no rule for", () => {
  const graph = new Graph("upsampling");
  const x = graph.input("x", "float32", [1, 1, 2, 2]);
  const weight = graph.input("weight", "float32", [1, 1, 2, 2]);
  const wide = graph.node("ConvTranspose", [x, weight], { strides: [2, 2] });
  assert.throws(() => gradients(graph, total(graph, wide), [weight]), (error) => {
    assert(error instanceof GraphError);
    assert.match(error.message, /ConvTranspose\(x\[1, 1, 2, 2\], weight\[1, 1, 2, 2\]\)/);
    assert.match(error.message, /in graph upsampling/);
    return true;
  });
  // No gradient flows into it: nothing to refuse.
  gradients(graph, total(graph, x), [x, weight]);
});

Deno.test("gradients() refuses a convolution with a stride and a dilation on one axis", () => {
  const graph = new Graph("both");
  const x = graph.input("x", "float32", [1, 1, 9, 9]);
  const weight = graph.input("weight", "float32", [1, 1, 3, 3]);
  const y = graph.node("Conv", [x, weight], { strides: [2, 2], dilations: [2, 2] });
  assert.throws(() => gradients(graph, total(graph, y), [x]), /both a stride and a dilation/);
});

Deno.test("gradients() refuses padded average pooling that does not count the padding", () => {
  const graph = new Graph("average");
  const x = graph.input("x", "float32", [1, 1, 4, 4]);
  const y = graph.node("AveragePool", [x], {
    kernelShape: [2, 2],
    pads: [1, 1, 1, 1],
    countIncludePad: false,
  });
  assert.throws(() => gradients(graph, total(graph, y), [x]), /only with countIncludePad/);
});

Deno.test("unbroadcast() sums missing axes and axes of length 1, and nothing else", async () => {
  const graph = new Graph("unbroadcast");
  const x = graph.input("x", "float32", [2, 1, 3]);
  assert.equal(unbroadcast(graph, x, [2, 1, 3]), x);
  const rows = unbroadcast(graph, x, [3]);
  const columns = unbroadcast(graph, x, [2, 1, 1]);
  const all = unbroadcast(graph, x, []);
  assert.deepEqual([rows.shape, columns.shape, all.shape], [[3], [2, 1, 1], []]);
  const feeds = { x: floatTensor(Float32Array.of(1, 2, 3, 10, 20, 30), [2, 1, 3]) };
  assert.deepEqual(await evaluate(graph, { rows, columns, all: reshape(graph, all, [1]) }, feeds), {
    rows: [11, 22, 33],
    columns: [6, 60],
    all: [66],
  });
});
