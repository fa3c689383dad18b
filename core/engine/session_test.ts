import assert from "node:assert/strict";
import { gradients } from "../autodiff/gradients.ts";
import { EngineError } from "../errors.ts";
import { add, fusedMatMul, matMul, reduceSum, relu, scale, sub } from "../onnx/build.ts";
import { Graph, sizeOf } from "../onnx/graph.ts";
import type { DataType } from "../onnx/op.ts";
import { RandomStream } from "../random.ts";
import { floatTensor, type HostTensor, runtimeVersion, Session } from "./session.ts";

function randomTensor(random: RandomStream, shape: readonly number[]): HostTensor {
  return floatTensor(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  );
}

function randomFeeds(graph: Graph): Record<string, HostTensor> {
  const random = new RandomStream(11, graph.name);
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }) => [name, randomTensor(random, shape)]),
  );
}

/** y = relu(x·w + b), [2, 3]·[3, 2] + [2]. */
function linearGraph(): Graph {
  const graph = new Graph("linear");
  const x = graph.input("x", "float32", [2, 3]);
  const weight = graph.input("weight", "float32", [3, 2]);
  const product = matMul(graph, x, weight);
  graph.output("product", product);
  graph.output("y", relu(graph, add(graph, product, graph.scalar(-10, [2]))));
  return graph;
}

const linearFeeds = {
  x: floatTensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]),
  weight: floatTensor(Float32Array.of(1, 0, 0, 1, 1, 1), [3, 2]),
};

Deno.test("Session.run() computes what the graph says", async () => {
  const session = await Session.create(linearGraph());
  const { product, y } = await session.run(linearFeeds);
  assert.deepEqual(product, floatTensor(Float32Array.of(4, 5, 10, 11), [2, 2]));
  assert.deepEqual(y, floatTensor(Float32Array.of(0, 0, 0, 1), [2, 2]));
  await session.release();
});

Deno.test("Session.run() computes the outputs that are fetched, under their own names", async () => {
  const session = await Session.create(linearGraph());
  const results = await session.run(linearFeeds, ["y"]);
  assert.deepEqual(Object.keys(results), ["y"]);
  assert.deepEqual([...results["y"]!.data as Float32Array], [0, 0, 0, 1]);
  await session.release();
});

Deno.test("Session.run() reads and writes every data type", async () => {
  const graph = new Graph("types");
  const tensors: Record<DataType, HostTensor> = {
    float32: floatTensor(Float32Array.of(-0.5, 1e30), [2]),
    int64: { dtype: "int64", shape: [2], data: BigInt64Array.of(-(2n ** 62n), 3n) },
    int32: { dtype: "int32", shape: [2], data: Int32Array.of(-7, 8) },
    uint8: { dtype: "uint8", shape: [2], data: Uint8Array.of(0, 255) },
    bool: { dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) },
  };
  for (const [dtype, { shape }] of Object.entries(tensors)) {
    graph.output(`${dtype} out`, graph.input(dtype, dtype as DataType, shape));
  }
  const session = await Session.create(graph);
  const results = await session.run(tensors);
  for (const [dtype, tensor] of Object.entries(tensors)) {
    assert.deepEqual(results[`${dtype} out`], tensor, dtype);
  }
  await session.release();
});

Deno.test("Session.run() may return a value twice, an input and a constant", async () => {
  const graph = new Graph("passing");
  const x = graph.input("x", "float32", []);
  const doubled = scale(graph, x, 2);
  graph.output("first", doubled);
  graph.output("second", doubled);
  graph.output("input", x);
  graph.output("constant", graph.scalar(5));
  const session = await Session.create(graph);
  const results = await session.run({ x: floatTensor(Float32Array.of(3), []) });
  const numbers = Object.entries(results).map(([name, { data }]) => [name, data[0]]);
  assert.deepEqual(Object.fromEntries(numbers), { first: 6, second: 6, input: 3, constant: 5 });
  await session.release();
});

Deno.test("Session.run() names a feed that is missing, of a wrong shape or of another type", async () => {
  const session = await Session.create(linearGraph());
  const { x, weight } = linearFeeds;
  const ints: HostTensor = { dtype: "int32", shape: [2, 3], data: new Int32Array(6) };
  const refused: readonly [Record<string, HostTensor>, RegExp][] = [
    [{ x }, /Cannot run linear: no feed "weight"/],
    [
      { x: { ...x, shape: [3, 2] }, weight },
      /feed "x" is float32 \[3, 2\], expected float32 \[2, 3\]/,
    ],
    [{ x: ints, weight }, /feed "x" is int32 \[2, 3\], expected float32 \[2, 3\]/],
    [{ x: { ...x, data: new Float32Array(5) }, weight }, /feed "x" has 5 elements/],
  ];
  for (const [feeds, message] of refused) {
    await assert.rejects(
      session.run(feeds),
      (error) => error instanceof EngineError && message.test(error.message),
    );
  }
  // An error leaves the session usable.
  await session.run(linearFeeds);
  await session.release();
});

Deno.test("Session.run() refuses an output that the graph does not have", async () => {
  const session = await Session.create(linearGraph());
  await assert.rejects(session.run(linearFeeds, ["logits"]), EngineError);
  await session.release();
});

Deno.test("Session.run() explains an operator that fails", async () => {
  const graph = new Graph("lookup");
  const table = graph.input("table", "float32", [3]);
  const index = graph.input("index", "int64", [1]);
  graph.output("entry", graph.node("Gather", [table, index], { axis: 0 }));
  const session = await Session.create(graph);
  await assert.rejects(
    session.run({
      table: floatTensor(new Float32Array(3), [3]),
      index: { dtype: "int64", shape: [1], data: BigInt64Array.of(7n) },
    }),
    (error) => {
      assert(error instanceof EngineError);
      assert.match(error.message, /^Cannot run lookup: .*Gather/s);
      return true;
    },
  );
  await session.release();
});

Deno.test("Session.create() refuses a graph that ONNX Runtime does not load", async () => {
  const graph = new Graph("ambiguous");
  const x = graph.input("x", "float32", [1]);
  graph.output("x", relu(graph, x));
  await assert.rejects(
    Session.create(graph),
    (error) => error instanceof EngineError && /^Cannot load graph ambiguous: /.test(error.message),
  );
});

Deno.test("Session.release() frees the session; running it afterwards is an error", async () => {
  const session = await Session.create(linearGraph());
  await session.release();
  await assert.rejects(session.run(linearFeeds), EngineError);
});

Deno.test("Session does not grow without bound over sessions and runs", async () => {
  const graph = new Graph("copy");
  const length = 2 ** 20;
  graph.output("y", scale(graph, graph.input("x", "float32", [length]), 2));
  const feeds = { x: floatTensor(new Float32Array(length), [length]) };
  const round = async () => {
    for (let count = 0; count < 20; count++) {
      const session = await Session.create(graph);
      for (let repeat = 0; repeat < 3; repeat++) await session.run(feeds);
      await session.release();
    }
    return Deno.memoryUsage().rss;
  };
  await round();
  const before = await round();
  const after = await round();
  // Sixty runs of 4 MiB: a leak would be 240 MiB.
  assert(after - before < 150 * 2 ** 20, `${(after - before) / 2 ** 20} MiB more`);
});

/**
 * One step of gradient descent with momentum on |x·w − t|², and another reader of the old weight.
 */
function descentGraph(): Graph {
  const graph = new Graph("descent");
  const x = graph.input("x", "float32", [4, 3]);
  const target = graph.input("target", "float32", [4, 2]);
  const weight = graph.input("weight", "float32", [3, 2]);
  const momentum = graph.input("momentum", "float32", [3, 2]);
  const error = sub(graph, matMul(graph, x, weight), target);
  const loss = graph.node("ReduceSumSquare", [error], { axes: [0, 1], keepdims: false });
  const [gradient] = gradients(graph, loss, [weight]);
  const velocity = add(graph, scale(graph, momentum, 0.9), gradient!);
  graph.output("next/weight", sub(graph, weight, scale(graph, velocity, 0.01)));
  graph.output("next/momentum", velocity);
  graph.output("loss", loss);
  graph.output(
    "norm",
    reduceSum(graph, fusedMatMul(graph, weight, weight, { transA: true }), [0, 1]),
  );
  return graph;
}

Deno.test("a step whose outputs are fed to the next one descends as written by hand", async () => {
  // ONNX Runtime may write an output that shares memory with an input before all have read the
  // input, so steps never do that: each returns new buffers and leaves its feeds alone.
  const graph = descentGraph();
  const session = await Session.create(graph);
  const { x, target } = randomFeeds(graph);
  let weight = floatTensor(new Float32Array(6), [3, 2]);
  let momentum = floatTensor(new Float32Array(6), [3, 2]);
  const w = new Float64Array(6), v = new Float64Array(6);
  for (let step = 0; step < 20; step++) {
    const kept = Float32Array.from(weight.data as Float32Array);
    const results = await session.run({ x: x!, target: target!, weight, momentum });
    let loss = 0, norm = 0;
    const gradient = new Float64Array(6);
    for (let row = 0; row < 4; row++) {
      for (let column = 0; column < 2; column++) {
        let error = -(target!.data[row * 2 + column] as number);
        for (let inner = 0; inner < 3; inner++) {
          error += (x!.data[row * 3 + inner] as number) * w[inner * 2 + column]!;
        }
        loss += error * error;
        for (let inner = 0; inner < 3; inner++) {
          gradient[inner * 2 + column]! += 2 * error * (x!.data[row * 3 + inner] as number);
        }
      }
    }
    for (let inner = 0; inner < 3; inner++) {
      norm += (w[inner * 2]! + w[inner * 2 + 1]!) ** 2;
    }
    for (let index = 0; index < 6; index++) {
      v[index] = 0.9 * v[index]! + gradient[index]!;
      w[index]! -= 0.01 * v[index]!;
    }
    assert.deepEqual(weight.data, kept, "the feed is untouched");
    const near = (actual: number, expected: number) =>
      assert(Math.abs(actual - expected) < 1e-4 * Math.max(1, Math.abs(expected)), `step ${step}`);
    near(results["loss"]!.data[0] as number, loss);
    near(results["norm"]!.data[0] as number, norm);
    weight = results["next/weight"] as typeof weight;
    momentum = results["next/momentum"] as typeof momentum;
    weight.data.forEach((value, index) => near(value as number, w[index]!));
  }
  await session.release();
});

/** Forward and gradients of a convolution, BatchNorm and matrix product of the embedded sizes. */
function networkGraph(): Graph {
  const graph = new Graph("network");
  const x = graph.input("x", "float32", [16, 8, 16, 16]);
  const kernel = graph.input("kernel", "float32", [16, 8, 3, 3]);
  const depthwise = graph.input("depthwise", "float32", [16, 1, 3, 3]);
  const gamma = graph.input("gamma", "float32", [16]);
  const beta = graph.input("beta", "float32", [16]);
  const weight = graph.input("weight", "float32", [100, 16]);
  const wide = graph.node("Conv", [x, kernel], { pads: [1, 1, 1, 1], strides: [2, 2] });
  const deep = graph.node("Conv", [wide, depthwise], { pads: [1, 1, 1, 1], group: 16 });
  const mean = graph.node("ReduceMean", [deep], { axes: [0, 2, 3], keepdims: false });
  const square = graph.node("ReduceSumSquare", [deep], { axes: [0, 2, 3], keepdims: false });
  const normal = graph.node("BatchNormalization", [deep, gamma, beta, mean, square], {
    epsilon: 1e-5,
  });
  const pooled = graph.node("ReduceMean", [relu(graph, normal)], { axes: [2, 3], keepdims: false });
  const logits = fusedMatMul(graph, pooled, weight, { transB: true });
  const logProbabilities = graph.node("LogSoftmax", [logits], { axis: 1 });
  const loss = reduceSum(graph, logProbabilities, [0, 1], false);
  graph.output("loss", loss);
  const targets = graph.inputs.slice();
  gradients(graph, loss, targets).forEach((gradient, index) =>
    graph.output(`d${targets[index]!.name}`, gradient)
  );
  return graph;
}

Deno.test("results have the same bits in every repetition and with any number of threads", async () => {
  const graph = networkGraph();
  const feeds = randomFeeds(graph);
  let expected: Record<string, HostTensor> | undefined;
  for (const threads of [1, 2, 1]) {
    const session = await Session.create(graph, { threads });
    for (let repeat = 0; repeat < 3; repeat++) {
      const results = await session.run(feeds);
      expected ??= results;
      for (const [name, { data }] of Object.entries(expected)) {
        assert((data as Float32Array).every(Number.isFinite), name);
        assert.deepEqual(results[name]!.data, data, `${name} with ${threads} threads`);
      }
    }
    await session.release();
  }
});

Deno.test("every level of optimisation computes the same up to rounding", async () => {
  const graph = networkGraph();
  const feeds = randomFeeds(graph);
  let expected: Record<string, HostTensor> | undefined;
  for (const optimization of ["disabled", "basic", "extended", "all"] as const) {
    const session = await Session.create(graph, { optimization });
    const results = await session.run(feeds);
    expected ??= results;
    for (const [name, { data }] of Object.entries(expected)) {
      const largest = Math.max(...(data as Float32Array).map(Math.abs));
      (data as Float32Array).forEach((value, index) => {
        const error = Math.abs((results[name]!.data[index] as number) - value);
        assert(error <= 2e-5 * largest, `${name}[${index}] at ${optimization}`);
      });
    }
    await session.release();
  }
});

Deno.test("Session.endProfiling() writes the profile that was asked for", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const session = await Session.create(linearGraph(), { profile: `${folder}/profile` });
    await session.run(linearFeeds);
    session.endProfiling();
    await session.release();
    const files = [...Deno.readDirSync(folder)].map((entry) => entry.name);
    assert.equal(files.length, 1);
    assert.match(await Deno.readTextFile(`${folder}/${files[0]}`), /MatMul/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SessionOptions refuses misspelt options when it is compiled", () => {
  // ONNX Runtime accepts them in silence.
  // @ts-expect-error the option is called `threads`
  const misspelt: Parameters<typeof Session.create>[1] = { thread: 2 };
  // @ts-expect-error there is no such level
  const unknown: Parameters<typeof Session.create>[1] = { optimization: "most" };
  assert(misspelt && unknown);
});

Deno.test("runtimeVersion is ONNX Runtime's version", () => {
  assert.match(runtimeVersion, /^1\.\d+\.\d+/);
});
