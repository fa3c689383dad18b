import assert from "node:assert/strict";
import { floatTensor, type HostTensor, Session } from "../engine/session.ts";
import { ConfigError } from "../errors.ts";
import { Graph, sizeOf, type Value } from "../onnx/graph.ts";
import { RandomStream } from "../random.ts";
import { batchNorm2d } from "./batch_norm.ts";
import { l2Normalize } from "./l2_normalize.ts";
import {
  conv2d,
  dropout,
  globalAveragePool,
  linear,
  maxPool2d,
  mlpHead,
  normalizeImages,
  relu6,
} from "./layers.ts";
import { featureShape, type Layout } from "./layout.ts";
import { ModuleContext } from "./module_context.ts";

const sizes = { batch: 3, channels: 4, height: 5, width: 6 };
const layouts = ["nchw", "chwn"] as const;

/** A tensor of random numbers, the same elements in both layouts. */
function randomMaps(layout: Layout, seed = 1): Float32Array {
  const { batch, channels, height, width } = sizes;
  const random = new RandomStream(seed, "maps");
  const perImage = channels * height * width;
  const data = new Float32Array(batch * perImage);
  for (let index = 0; index < data.length; index++) {
    const image = Math.floor(index / perImage), place = index % perImage;
    data[layout === "nchw" ? index : place * batch + image] = 3 * random.normal() + 1;
  }
  return data;
}

/** Elements in the order of `nchw`. */
function inImageOrder(layout: Layout, { data, shape }: HostTensor): number[] {
  if (layout === "nchw") return [...data as Float32Array];
  const batch = shape[4]!, perImage = sizeOf(shape) / batch;
  return Array.from(
    { length: sizeOf(shape) },
    (_, index) => data[index % perImage * batch + Math.floor(index / perImage)] as number,
  );
}

/** Runs layers on one input; parameters are constants drawn from their names. */
async function run(
  layout: Layout,
  input: HostTensor,
  build: (context: ModuleContext, x: Value) => Value,
  { mode = "eval", feeds = {}, parameters = {} }: {
    mode?: "train" | "eval";
    feeds?: Record<string, HostTensor>;
    parameters?: Record<string, readonly number[]>;
  } = {},
): Promise<{ y: HostTensor; updates: Record<string, HostTensor> }> {
  const graph = new Graph("layers");
  const context = new ModuleContext(graph, {
    layout,
    mode,
    bind: (_, { name, shape }) => {
      const random = new RandomStream(9, name);
      const values = parameters[name] ??
        Array.from({ length: sizeOf(shape) }, () => random.normal());
      return graph.constant("float32", shape, Float32Array.from(values), name);
    },
  });
  graph.output("y", build(context, graph.input("x", input.dtype, input.shape)));
  for (const [name, value] of context.bufferUpdates) graph.output(`next/${name}`, value);
  const session = await Session.create(graph);
  const { y, ...updates } = await session.run({ x: input, ...feeds });
  await session.release();
  return { y: y!, updates };
}

function maps(layout: Layout): HostTensor {
  return floatTensor(randomMaps(layout), featureShape(layout, sizes));
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length, what);
  for (let index = 0; index < expected.length; index++) {
    const error = Math.abs(actual[index]! - expected[index]!);
    assert(error <= 1e-5 * Math.max(1, Math.abs(expected[index]!)), `${what}, element ${index}`);
  }
}

const spatialLayers: Record<string, (context: ModuleContext, x: Value) => Value> = {
  "conv2d()": (context, x) =>
    conv2d(context, "c", x, { outChannels: 6, kernel: 3, stride: 2, padding: 1 }),
  "depthwise conv2d()": (context, x) =>
    conv2d(context, "c", x, { outChannels: 4, kernel: 3, padding: 1, groups: 4 }),
  "maxPool2d()": (context, x) => maxPool2d(context, x, { kernel: 3, stride: 2, padding: 1 }),
  "batchNorm2d()": (context, x) => batchNorm2d(context, "bn", x),
  "relu6()": relu6,
};

for (const [name, layer] of Object.entries(spatialLayers)) {
  Deno.test(`${name} is the same in both layouts`, async () => {
    const parameters = { "bn.running_var": [1, 2, 3, 4] };
    const images = await run("nchw", maps("nchw"), layer, { parameters });
    const batches = await run("chwn", maps("chwn"), layer, { parameters });
    assertClose(inImageOrder("chwn", batches.y), inImageOrder("nchw", images.y), name);
  });
}

Deno.test("relu6() cuts at 0 and 6", async () => {
  const input = floatTensor(Float32Array.of(-1, 0.5, 6, 9), [1, 4]);
  const { y } = await run("nchw", input, relu6);
  assert.deepEqual([...y.data], [0, 0.5, 6, 6]);
});

Deno.test("globalAveragePool() is the mean over pixels, one row per image", async () => {
  const { batch, channels, height, width } = sizes;
  const data = randomMaps("nchw"), pixels = height * width;
  const expected = Array.from({ length: batch * channels }, (_, row) => {
    let sum = 0;
    for (let pixel = 0; pixel < pixels; pixel++) sum += data[row * pixels + pixel]!;
    return sum / pixels;
  });
  for (const layout of layouts) {
    const { y } = await run(layout, maps(layout), globalAveragePool);
    assert.deepEqual(y.shape, [batch, channels]);
    assertClose(y.data as Float32Array, expected, layout);
  }
});

Deno.test("batchNorm2d() in training uses the batch and keeps PyTorch's running statistics", async () => {
  const { batch, channels, height, width } = sizes;
  const gamma = [1, 0.5, -2, 0], beta = [0, 1, 2, 3];
  const before = { mean: [1, 2, 3, 4], variance: [4, 3, 2, 1] };
  const data = randomMaps("nchw"), pixels = height * width, count = batch * pixels;
  const expected = new Array<number>(data.length);
  const nextMean: number[] = [], nextVariance: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const places: number[] = [];
    for (let image = 0; image < batch; image++) {
      const first = (image * channels + channel) * pixels;
      for (let pixel = 0; pixel < pixels; pixel++) places.push(first + pixel);
    }
    const mean = places.reduce((sum, place) => sum + data[place]!, 0) / count;
    const squares = places.reduce((sum, place) => sum + (data[place]! - mean) ** 2, 0);
    for (const place of places) {
      const normal = (data[place]! - mean) / Math.sqrt(squares / count + 1e-5);
      expected[place] = gamma[channel]! * normal + beta[channel]!;
    }
    nextMean.push(0.9 * before.mean[channel]! + 0.1 * mean);
    nextVariance.push(0.9 * before.variance[channel]! + 0.1 * squares / (count - 1));
  }
  for (const layout of layouts) {
    const { y, updates } = await run(
      layout,
      maps(layout),
      (context, x) => batchNorm2d(context, "bn", x),
      {
        mode: "train",
        parameters: {
          "bn.weight": gamma,
          "bn.bias": beta,
          "bn.running_mean": before.mean,
          "bn.running_var": before.variance,
        },
      },
    );
    assertClose(inImageOrder(layout, y), expected, `${layout}: output`);
    assertClose(updates["next/bn.running_mean"]!.data as Float32Array, nextMean, layout);
    assertClose(updates["next/bn.running_var"]!.data as Float32Array, nextVariance, layout);
  }
});

Deno.test("batchNorm2d() does not lose a small spread on a large mean", async () => {
  // In float32 the mean of squares minus the square of the mean would be 0 or noise here.
  const data = Float32Array.from(
    { length: 64 },
    (_, index) => 4096 + (index % 2 === 0 ? 0.5 : -0.5),
  );
  const { y } = await run(
    "nchw",
    floatTensor(data, [1, 1, 8, 8]),
    (context, x) => batchNorm2d(context, "bn", x),
    { mode: "train", parameters: { "bn.weight": [1], "bn.bias": [0] } },
  );
  const high = 0.5 / Math.sqrt(0.25 + 1e-5);
  assertClose(y.data as Float32Array, data.map((value) => value > 4096 ? high : -high), "output");
});

Deno.test("batchNorm2d() refuses to train on one number per channel", async () => {
  const input = floatTensor(new Float32Array(4), [1, 4, 1, 1]);
  const layer = (context: ModuleContext, x: Value) => batchNorm2d(context, "bn", x);
  await assert.rejects(
    run("nchw", input, layer, { mode: "train" }),
    (error) =>
      error instanceof ConfigError && /batch of 1.*1×1 pixels.*batch of 2/.test(error.message),
  );
  await run("nchw", input, layer, { parameters: { "bn.running_var": [1, 1, 1, 1] } });
});

Deno.test("linear() and mlpHead() are the sums that they say", async () => {
  const x = floatTensor(Float32Array.of(1, 2, -1, 3), [2, 2]);
  const parameters = {
    "fc.weight": [1, 0, 2, -1, 0, 1],
    "fc.bias": [0.5, 0, -1],
    "head.0.weight": [1, 1, 1, -1],
    "head.0.bias": [0, 1],
    "head.2.weight": [2, 3],
    "head.2.bias": [10],
  };
  const { y } = await run("nchw", x, (context, x) => linear(context, "fc", x, 3), { parameters });
  assert.deepEqual(y, floatTensor(Float32Array.of(1.5, 0, 1, -0.5, -5, 2), [2, 3]));
  const head = await run("nchw", x, (context, x) => mlpHead(context, "head", x, 1), { parameters });
  // Hidden: (3, 0) and (2, −3 → 0).
  assert.deepEqual(head.y, floatTensor(Float32Array.of(16, 14), [2, 1]));
});

Deno.test("dropout() multiplies by the fed mask in training and does nothing in evaluation", async () => {
  const x = floatTensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
  const layer = (context: ModuleContext, x: Value) => dropout(context, "head", x, 0.5);
  const feeds = { "dropout/head": floatTensor(Float32Array.of(0, 2, 2, 0), [2, 2]) };
  const train = await run("nchw", x, layer, { mode: "train", feeds });
  assert.deepEqual([...train.y.data], [0, 4, 6, 0]);
  const evaluated = await run("nchw", x, layer);
  assert.deepEqual([...evaluated.y.data], [1, 2, 3, 4]);
});

Deno.test("l2Normalize() gives rows of length 1 and leaves zeros as they are", async () => {
  const x = floatTensor(Float32Array.of(3, 4, 0, 0, -1e-3, 0), [3, 2]);
  const { y } = await run("nchw", x, ({ graph }, x) => l2Normalize(graph, x));
  assertClose(y.data as Float32Array, [0.6, 0.8, 0, 0, -1, 0], "rows");
});

Deno.test("normalizeImages() is (x / 255 − mean) / std per channel", async () => {
  const preprocess = { mean: [0.5, 0.25, 0], std: [0.5, 0.1, 2] };
  const bytes = Uint8Array.of(0, 255, 51, 102, 153, 204);
  for (const layout of layouts) {
    // Two images of one pixel: red, green, blue of the first, then of the second.
    const data = layout === "nchw" ? bytes : Uint8Array.of(0, 102, 255, 153, 51, 204);
    const shape = layout === "nchw" ? [2, 3, 1, 1] : [3, 1, 1, 2];
    const { y } = await run(
      layout,
      { dtype: "uint8", shape, data },
      (context, x) => normalizeImages(context, x, preprocess),
    );
    const expected = [-1, 7.5, 0.1, -0.2, 3.5, 0.4];
    assertClose(inImageOrder(layout, y), expected, layout);
  }
});
