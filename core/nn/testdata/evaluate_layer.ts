/**
 * What layers with a BatchNorm are compared with: convolution and BatchNorm by their definitions.
 *
 * @module
 */

import assert from "node:assert/strict";
import { gradients } from "../../autodiff/gradients.ts";
import { floatTensor, Session } from "../../engine/session.ts";
import {
  add,
  mul,
  reciprocal,
  reduceMean,
  reduceSum,
  reshape,
  scale,
  sqrt,
  sub,
} from "../../onnx/build.ts";
import { Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { simplify } from "../../onnx/passes/simplify.ts";
import { RandomStream } from "../../random.ts";
import { conv2d, type ConvolutionOptions } from "../layers.ts";
import { ModuleContext } from "../module_context.ts";

/** ε of the compared BatchNorms. */
export const epsilon = 1e-3;

/** Names of the compared layers. */
export const names = { convolution: "conv", normalization: "bn" };

/**
 * Convolution `conv` and BatchNorm `bn` by definition, in the layout `chwn`; gradients come of the chain
 * rule through every step.
 */
export function plainNormalizedConvolution(
  context: ModuleContext,
  x: Value,
  options: ConvolutionOptions,
): Value {
  const { graph } = context;
  const out = conv2d(context, names.convolution, x, options);
  const channels = [options.outChannels];
  const zero = () => {};
  const gamma = context.parameter("bn.weight", channels, zero);
  const beta = context.parameter("bn.bias", channels, zero);
  const axes = [0, 2, 3, 4];
  const mean = reduceMean(graph, out, axes);
  const centered = sub(graph, out, mean);
  const variance = reduceMean(graph, mul(graph, centered, centered), axes);
  const inverse = reciprocal(graph, sqrt(graph, add(graph, variance, graph.scalar(epsilon))));
  const perChannel = (vector: Value) => reshape(graph, vector, [1, channels[0]!, 1, 1, 1]);
  const count = sizeOf(out.shape) / channels[0]!;
  // Running statistics begin at 0, and take the unbiased variance with a momentum of 0.1.
  const note = (name: string, batch: Value, share: number) =>
    context.bufferUpdates.set(name, scale(graph, reshape(graph, batch, channels), share));
  note("bn.running_mean", mean, 0.1);
  note("bn.running_var", variance, 0.1 * count / (count - 1));
  const scaled = mul(graph, mul(graph, centered, inverse), perChannel(gamma));
  return add(graph, scaled, perChannel(beta));
}

/**
 * y, the gradients of Σ y · dy for the image and all parameters, and the buffers after the step.
 *
 * @param shape Of the image, [1, C, H, W, B].
 */
export async function evaluateLayer(
  shape: readonly number[],
  build: (context: ModuleContext, x: Value) => Value,
  channelBlock?: number,
): Promise<Map<string, Float32Array>> {
  const graph = new Graph("layer", { channelBlock });
  const random = new RandomStream(11);
  const normal = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const feeds: Record<string, ReturnType<typeof floatTensor>> = {};
  const inputs: Value[] = [];
  const input = (name: string, shape: readonly number[]) => {
    feeds[name] = floatTensor(normal(sizeOf(shape)), shape);
    const value = graph.input(name, "float32", shape);
    inputs.push(value);
    return value;
  };
  const x = input("x", shape);
  const context = new ModuleContext(graph, {
    layout: "chwn",
    mode: "train",
    bind: (kind, { name, shape }) =>
      kind === "parameter"
        ? input(name, shape)
        : graph.constant("float32", shape, new Float32Array(sizeOf(shape))),
  });
  const y = build(context, x);
  const dy = graph.constant("float32", y.shape, normal(sizeOf(y.shape)));
  const loss = reshape(graph, reduceSum(graph, mul(graph, y, dy), [0, 1, 2, 3, 4]), []);
  gradients(graph, loss, inputs).forEach((gradient, index) =>
    graph.output(`d ${inputs[index]!.name}`, gradient)
  );
  graph.output("y", y);
  for (const [name, value] of context.bufferUpdates) graph.output(`next ${name}`, value);
  const session = await Session.create(simplify(graph));
  const results = await session.run(feeds);
  await session.release();
  return new Map(
    Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]),
  );
}

/** The same names, and numbers that differ by at most `tolerance` of the largest of their tensor. */
export function assertAlike(
  actual: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
  tolerance = 2e-5,
): void {
  assert.deepEqual([...actual.keys()].toSorted(), [...expected.keys()].toSorted());
  for (const [name, values] of expected) {
    const largest = Math.max(...values.map(Math.abs));
    assert.equal(actual.get(name)!.length, values.length, name);
    actual.get(name)!.forEach((value, index) =>
      assert(
        Math.abs(value - values[index]!) <= tolerance * largest,
        `${name}[${index}]: ${value}, expected ${values[index]}`,
      )
    );
  }
}
