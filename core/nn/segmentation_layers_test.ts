import assert from "node:assert/strict";
import { gradients } from "../autodiff/gradients.ts";
import { floatTensor, type HostTensor, Session } from "../engine/session.ts";
import { mul, reduceSum, reshape } from "../onnx/build.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { simplify } from "../onnx/passes/simplify.ts";
import { adaptiveAveragePool } from "./adaptive_average_pool.ts";
import { conv2d } from "./layers.ts";
import type { Layout } from "./layout.ts";
import { ModuleContext } from "./module_context.ts";
import { pixelCrossEntropy, type PixelCrossEntropyOptions } from "./pixel_cross_entropy.ts";
import { resizeBilinear } from "./resize_bilinear.ts";
import { largestDifference, moveBatch } from "./testdata/evaluate_in_layouts.ts";

/** A line of segmentation_layers.jsonl: a layer of PyTorch in the order [B, C, H, W]. */
interface KnownAnswer {
  readonly layer: "resizeBilinear" | "adaptiveAveragePool" | "conv2d" | "pixelCrossEntropy";
  readonly arguments: PixelCrossEntropyOptions & {
    readonly size: [number, number];
    readonly alignCorners: boolean;
    readonly outChannels: number;
    readonly kernel: number;
    readonly dilation: number;
    readonly padding: number;
    readonly groups: number;
    readonly labels: readonly number[];
  };
  readonly inputs: Readonly<Record<string, { shape: number[]; data: number[] }>>;
  readonly cotangent: readonly number[];
  readonly output: { readonly shape: number[]; readonly data: readonly number[] };
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const answers = (await Deno.readTextFile(
  new URL("testdata/segmentation_layers.jsonl", import.meta.url),
)).trim().split("\n").map((line) => JSON.parse(line) as KnownAnswer);

function build(context: ModuleContext, x: Value, { layer, arguments: own }: KnownAnswer): Value {
  const [height, width] = own.size ?? [0, 0];
  switch (layer) {
    case "resizeBilinear":
      return resizeBilinear(context, x, { height, width }, own);
    case "adaptiveAveragePool":
      return adaptiveAveragePool(context, x, { height, width });
    case "conv2d":
      return conv2d(context, "layer", x, own);
    case "pixelCrossEntropy": {
      const labels = BigInt64Array.from(own.labels, BigInt);
      const { graph } = context;
      return pixelCrossEntropy(graph, x, graph.constant("int64", [labels.length], labels), own);
    }
  }
}

/** Output and gradients in PyTorch's order. */
async function evaluate(layout: Layout, answer: KnownAnswer): Promise<Record<string, number[]>> {
  const graph = new Graph("layer");
  const { shape, data } = answer.inputs["x"]!;
  const maps = shape.length === 4;
  const batch = shape[0]!;
  const turns = maps && layout === "chwn";
  const turned = (numbers: Float32Array, toEnd: boolean) =>
    turns ? moveBatch(numbers, batch, toEnd) : numbers;
  const inLayout = ([images, ...rest]: readonly number[]) =>
    turns ? [1, ...rest, images!] : [images!, ...rest];
  const feeds: Record<string, HostTensor> = {};
  const inputs = new Map<string, Value>();
  const input = (name: string, shape: readonly number[], data: Float32Array) => {
    feeds[name] = floatTensor(data, shape);
    const value = graph.input(name, "float32", shape);
    inputs.set(name, value);
    return value;
  };
  const x = input("x", inLayout(shape), turned(Float32Array.from(data), true));
  const context = new ModuleContext(graph, {
    layout,
    mode: "train",
    bind: (_, { name, shape }) => input(name, shape, Float32Array.from(answer.inputs[name]!.data)),
  });
  const y = build(context, x, answer);
  assert.deepEqual(y.shape, maps ? inLayout(answer.output.shape) : answer.output.shape);
  const cotangent = turned(Float32Array.from(answer.cotangent), true);
  const weighted = mul(graph, y, graph.constant("float32", y.shape, cotangent));
  const loss = reshape(graph, reduceSum(graph, weighted, y.shape.map((_, axis) => axis)), []);
  gradients(graph, loss, [...inputs.values()]).forEach((gradient, index) =>
    graph.output(`d ${[...inputs.keys()][index]}`, gradient)
  );
  graph.output("y", y);
  const session = await Session.create(simplify(graph));
  const outputs = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => {
      const numbers = data as Float32Array;
      return [name, [...name === "d layer.weight" ? numbers : turned(numbers, false)]];
    }),
  );
}

function titleOf({ layer, arguments: own, inputs }: KnownAnswer, number: number): string {
  const from = inputs["x"]!.shape.join("×");
  const what = { ...own, labels: undefined };
  return `${layer}() of ${from}, ${JSON.stringify(what)} (line ${number + 1})`;
}

answers.forEach((answer, number) => {
  const layouts = answer.layer === "pixelCrossEntropy"
    ? ["nchw"] as const
    : ["nchw", "chwn"] as const;
  for (const layout of layouts) {
    Deno.test(`${titleOf(answer, number)} is PyTorch's in ${layout}`, async () => {
      const results = await evaluate(layout, answer);
      const expected: Record<string, readonly number[]> = { y: answer.output.data };
      for (const [name, gradient] of Object.entries(answer.gradients)) {
        expected[`d ${name}`] = gradient;
      }
      for (const [name, values] of Object.entries(expected)) {
        const largest = Math.max(1, ...values.map(Math.abs));
        const difference = largestDifference(results[name]!, values);
        assert(difference <= 1e-5 * largest, `${name} differs by ${difference} of ${largest}`);
      }
    });
  }
});

Deno.test("pixelCrossEntropy() learns every labelled pixel where fewer than the least have a label", async () => {
  const labels = [0, 255, 1];
  const known = (options: object): KnownAnswer => ({
    layer: "pixelCrossEntropy",
    arguments: { labels, ...options } as unknown as KnownAnswer["arguments"],
    inputs: { x: { shape: [3, 2], data: [3, 0, 1, 1, -4, 2] } },
    cotangent: [1],
    output: { shape: [], data: [] },
    gradients: {},
  });
  const plain = await evaluate("nchw", known({}));
  const hard = await evaluate(
    "nchw",
    known({ hardExamples: { threshold: 0.1, minimumKept: 10 } }),
  );
  assert.deepEqual(hard, plain);
});

Deno.test("pixelCrossEntropy() refuses options out of range", () => {
  const graph = new Graph("loss");
  const logits = graph.input("logits", "float32", [4, 3]);
  const labels = graph.input("labels", "int64", [4]);
  const loss = (options: PixelCrossEntropyOptions) => () =>
    pixelCrossEntropy(graph, logits, labels, options);
  assert.throws(loss({ classWeights: [1, 2] }), /classWeights: expected 3, .*got 2/);
  assert.throws(loss({ classWeights: [1, -2, 1] }), /numbers from 0, got -2/);
  assert.throws(
    loss({ hardExamples: { threshold: 1, minimumKept: 5 } }),
    /threshold: expected a number from 0 and below 1, got 1/,
  );
  assert.throws(
    loss({ hardExamples: { threshold: 0.7, minimumKept: 0 } }),
    /minimumKept: expected a whole number from 1, got 0/,
  );
});
