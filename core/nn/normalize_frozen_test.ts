import assert from "node:assert/strict";
import { gradients } from "../autodiff/gradients.ts";
import { floatTensor, Session } from "../engine/session.ts";
import { mul, reduceSum, relu, reshape } from "../onnx/build.ts";
import { Graph, sizeOf, type Value } from "../onnx/graph.ts";
import { simplify } from "../onnx/passes/simplify.ts";
import { RandomStream } from "../random.ts";
import { batchNorm2d } from "./batch_norm.ts";
import { normalizedConvolution } from "./normalized_convolution.ts";
import { pooledConvolution } from "./pooled_convolution.ts";
import { conv2d, type ConvolutionOptions } from "./layers.ts";
import { featureShape, type Layout } from "./layout.ts";
import { ModuleContext } from "./module_context.ts";

const epsilon = 1e-3;
const sizes = { batch: 3, channels: 4, height: 6, width: 6 };
const names = { convolution: "conv", normalization: "bn" };
const pooling = { kernel: 3, stride: 2, padding: 1 };

/** Numbers of a tensor by its name and shape alone; running variances are positive. */
function numbersOf(name: string, shape: readonly number[]): Float32Array {
  const random = new RandomStream(2, name);
  const positive = name.endsWith("running_var");
  return Float32Array.from(
    { length: sizeOf(shape) },
    () => positive ? 0.5 + random.uniform() : random.normal(),
  );
}

/** A graph of Σ y² of a network in a layout, with gradients of its input and parameters. */
async function evaluate(layout: Layout, build: (context: ModuleContext, x: Value) => Value) {
  const graph = new Graph("frozen");
  const inputs = new Map<string, Value>();
  const feeds: Record<string, ReturnType<typeof floatTensor>> = {};
  const input = (name: string, shape: readonly number[]) => {
    feeds[name] = floatTensor(numbersOf(name, shape), shape);
    const value = graph.input(name, "float32", shape);
    inputs.set(name, value);
    return value;
  };
  const shape = featureShape(layout, sizes);
  const x = input("x", shape);
  if (layout === "chwn") {
    // The same images as in the other layout, the batch innermost.
    const { batch } = sizes, plane = sizeOf(shape) / batch;
    const images = numbersOf("x", shape);
    feeds["x"] = floatTensor(
      images.map((_, index) => images[index % batch * plane + Math.floor(index / batch)]!),
      shape,
    );
  }
  const context = new ModuleContext(graph, {
    layout,
    mode: "train",
    bind: (kind, { name, shape }) =>
      kind === "buffer"
        ? graph.constant("float32", shape, numbersOf(name, shape), name)
        : input(name, shape),
  });
  const y = build(context, x);
  const loss = reduceSum(graph, mul(graph, y, y), y.shape.map((_, axis) => axis));
  graph.output("loss", reshape(graph, loss, []));
  const targets = [...inputs];
  gradients(graph, reshape(graph, loss, []), targets.map(([, value]) => value))
    .forEach((gradient, index) => graph.output(`d${targets[index]![0]}`, gradient));
  const session = await Session.create(simplify(graph));
  const run = async (changes: Record<string, Float32Array> = {}) => {
    const results = await session.run({
      ...feeds,
      ...Object.fromEntries(
        Object.entries(changes).map(([name, data]) => [
          name,
          floatTensor(data, feeds[name]!.shape),
        ]),
      ),
    });
    return Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]),
    );
  };
  return { run, feeds, context, release: () => session.release() };
}

function assertClose(actual: Float32Array, expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length, what);
  const largest = Math.max(...Array.from(expected, Math.abs), 1e-3);
  actual.forEach((value, index) =>
    assert(
      Math.abs(value - expected[index]!) <= 2e-4 * largest,
      `${what}[${index}]: got ${value}, expected ${expected[index]}`,
    )
  );
}

const frozen = (context: ModuleContext) => context.scope("", { statistics: "frozen" });
const options: ConvolutionOptions = { outChannels: 5, kernel: 3, padding: 1 };

const networks: Record<string, (context: ModuleContext, x: Value) => Value> = {
  "a BatchNorm": (context, x) => batchNorm2d(context, "bn", x, { epsilon }),
  "a convolution with its BatchNorm": (context, x) =>
    normalizedConvolution(context, names, x, options, { epsilon }),
  "a dilated convolution with its BatchNorm": (context, x) =>
    normalizedConvolution(context, names, x, { ...options, padding: 2, dilation: 2 }, { epsilon }),
  "a depthwise convolution with its BatchNorm": (context, x) =>
    normalizedConvolution(context, names, x, { ...options, outChannels: 4, groups: 4 }, {
      epsilon,
    }),
  "a 1×1 convolution with its BatchNorm, widening": (context, x) =>
    normalizedConvolution(context, names, x, { outChannels: 12, kernel: 1 }, { epsilon }),
  "first layers with pooling": (context, x) =>
    pooledConvolution(context, names, x, { ...options, stride: 2 }, pooling, { epsilon }),
};

for (const [title, build] of Object.entries(networks)) {
  Deno.test(`frozen statistics: ${title} has the finite differences' gradients in both layouts`, async () => {
    const plain = await evaluate("nchw", (context, x) => build(frozen(context), x));
    const result = await plain.run();
    for (const [name, { data }] of Object.entries(plain.feeds)) {
      const numeric = Array.from(data as Float32Array, (value, index) => {
        const step = 1e-2;
        return { at: index, value, step };
      }).filter(({ at }) => at % Math.max(1, Math.floor(data.length / 12)) === 0);
      for (const { at, value, step } of numeric) {
        const [up, down] = await Promise.all([step, -step].map(async (change) =>
          (await plain.run({
            [name]: (data as Float32Array).with(at, value + change),
          }))["loss"]![0]!
        ));
        const expected = (up! - down!) / (2 * step), actual = result[`d${name}`]![at]!;
        const scale = Math.max(1, ...result[`d${name}`]!.map(Math.abs));
        assert(
          Math.abs(actual - expected) <= 2e-2 * scale,
          `d${name}[${at}]: got ${actual}, expected ${expected}`,
        );
      }
    }
    assert.equal(plain.context.bufferUpdates.size, 0, "running statistics stay");
    const fast = await evaluate("chwn", (context, x) => build(frozen(context), x));
    const other = await fast.run();
    assertClose(other["loss"]!, result["loss"]!, "loss");
    for (const name of Object.keys(plain.feeds).filter((name) => name !== "x")) {
      assertClose(other[`d${name}`]!, result[`d${name}`]!, `d${name}`);
    }
    await plain.release();
    await fast.release();
  });
}

Deno.test("frozen statistics: a BatchNorm is γ·(x − μ)/√(v + ε) + β", async () => {
  const shape = featureShape("nchw", sizes), channels = [sizes.channels];
  const graph = new Graph("values");
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "train",
    bind: (_, { name, shape }) => graph.constant("float32", shape, numbersOf(name, shape), name),
  });
  graph.output(
    "y",
    batchNorm2d(frozen(context), "bn", graph.input("x", "float32", shape), { epsilon }),
  );
  const session = await Session.create(graph);
  const x = numbersOf("x", shape);
  const { y } = await session.run({ x: floatTensor(x, shape) });
  await session.release();
  const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"]
    .map((name) => numbersOf(`bn.${name}`, channels));
  const plane = sizes.height * sizes.width;
  const expected = x.map((value, index) => {
    const c = Math.floor(index / plane) % sizes.channels;
    return gamma![c]! * (value - mean![c]!) / Math.sqrt(variance![c]! + epsilon) + beta![c]!;
  });
  assertClose(y!.data as Float32Array, expected, "y");
});

Deno.test("ModuleContext.scope() puts its prefix before names and freezes what it is told", () => {
  const graph = new Graph("scopes");
  const context = new ModuleContext(graph, {
    layout: "nchw",
    mode: "train",
    bind: (_, { name, shape }) => graph.input(name, "float32", shape),
  });
  const x = graph.input("x", "float32", [2, 3, 8, 8]);
  const backbone = context.scope("backbone.", { trainable: false, statistics: "frozen" });
  const conv = conv2d(backbone, "conv", x, { outChannels: 4, kernel: 1 });
  // A part inside what is frozen stays frozen, whatever it asks for.
  const inner = backbone.scope("layer1.", { trainable: true, statistics: "batch" });
  assert.equal(inner.usesBatchStatistics, false);
  const normalized = batchNorm2d(inner, "bn", conv);
  const head = context.scope("head.", {});
  batchNorm2d(head, "bn", relu(graph, normalized));
  assert.deepEqual(
    context.spec.parameters.map(({ name, trainable = true }) => [name, trainable]),
    [
      ["backbone.conv.weight", false],
      ["backbone.layer1.bn.weight", false],
      ["backbone.layer1.bn.bias", false],
      ["head.bn.weight", true],
      ["head.bn.bias", true],
    ],
  );
  assert.deepEqual([...context.bufferUpdates.keys()], [
    "head.bn.running_mean",
    "head.bn.running_var",
  ]);
});
