import assert from "node:assert/strict";
import { gradients } from "../autodiff/gradients.ts";
import { floatTensor, type HostTensor, Session } from "../engine/session.ts";
import { mul, reduceSum, relu, sigmoid } from "../onnx/build.ts";
import { Graph, sizeOf } from "../onnx/graph.ts";
import { RandomStream } from "../random.ts";
import { featureShape, type Layout } from "./layout.ts";
import { ModuleContext } from "./module_context.ts";
import { squeezeExcitation } from "./squeeze_excitation.ts";

const batch = 3, channels = 4, height = 2, width = 3, squeezeChannels = 2;
const pixels = height * width;

function randomArray(stream: string, length: number): Float32Array {
  const random = new RandomStream(5, stream);
  return Float32Array.from({ length }, () => random.normal());
}

/** In order [image][channel][pixel], and the cotangent of the output alike. */
const x = randomArray("x", batch * channels * pixels);
const cotangent = randomArray("cotangent", x.length);
const weights: Record<string, Float32Array> = {
  "se.fc1.weight": randomArray("fc1.weight", squeezeChannels * channels),
  "se.fc1.bias": randomArray("fc1.bias", squeezeChannels),
  "se.fc2.weight": randomArray("fc2.weight", channels * squeezeChannels),
  "se.fc2.bias": randomArray("fc2.bias", channels),
};

/** The definition as loops, in double precision. */
function reference(x: ArrayLike<number>, weights: Record<string, ArrayLike<number>>): number[] {
  const y = new Array<number>(x.length);
  const matrix = (name: string, vector: number[]) =>
    Array.from(weights[`${name}.bias`]!, (bias, row) =>
      vector.reduce(
        (sum, value, column) =>
          sum + weights[`${name}.weight`]![row * vector.length + column]! * value,
        bias,
      ));
  for (let image = 0; image < batch; image++) {
    const at = (channel: number, pixel: number) => (image * channels + channel) * pixels + pixel;
    const mean = Array.from({ length: channels }, (_, channel) => {
      let sum = 0;
      for (let pixel = 0; pixel < pixels; pixel++) sum += x[at(channel, pixel)]!;
      return sum / pixels;
    });
    const squeezed = matrix("se.fc1", mean).map((value) => Math.max(value, 0));
    const factors = matrix("se.fc2", squeezed).map((value) => 1 / (1 + Math.exp(-value)));
    factors.forEach((factor, channel) => {
      for (let pixel = 0; pixel < pixels; pixel++) {
        y[at(channel, pixel)] = x[at(channel, pixel)]! * factor;
      }
    });
  }
  return y;
}

/** Σ cotangent · y, whose derivatives are taken by central differences. */
function weightedSum(x: ArrayLike<number>, weights: Record<string, ArrayLike<number>>): number {
  return reference(x, weights).reduce((sum, value, index) => sum + value * cotangent[index]!, 0);
}

function differences(values: Float32Array, sumWith: (values: number[]) => number): number[] {
  const step = 1e-5;
  return Array.from(values, (_, index) => {
    const moved = (by: number) => sumWith(Array.from(values, (v, at) => at === index ? v + by : v));
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

/** From [image][channel][pixel] to the layout, or back. */
function arrange(layout: Layout, values: ArrayLike<number>, back = false): Float32Array {
  const output = new Float32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const image = Math.floor(index / (channels * pixels)), place = index % (channels * pixels);
    const at = layout === "nchw" ? index : place * batch + image;
    if (back) output[index] = values[at]!;
    else output[at] = values[index]!;
  }
  return output;
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length, what);
  for (let index = 0; index < expected.length; index++) {
    const error = Math.abs(actual[index]! - expected[index]!);
    assert(error < 1e-5, `${what}[${index}] is ${actual[index]}, expected ${expected[index]}`);
  }
}

for (const layout of ["nchw", "chwn"] as const) {
  Deno.test(`squeezeExcitation() has value and gradients of its definition, ${layout}`, async () => {
    const graph = new Graph("squeeze-and-excitation");
    const shape = featureShape(layout, { batch, channels, height, width });
    const maps = graph.input("x", "float32", shape);
    const context = new ModuleContext(graph, {
      layout,
      mode: "train",
      bind: (_, { name, shape }) => graph.input(name, "float32", shape),
    });
    const y = squeezeExcitation(context, "se", maps, {
      squeezeChannels,
      activation: ({ graph }, x) => relu(graph, x),
      gate: ({ graph }, x) => sigmoid(graph, x),
    });
    const factor = graph.constant("float32", shape, arrange(layout, cotangent));
    const sum = reduceSum(graph, mul(graph, y, factor), shape.map((_, axis) => axis), false);
    const names = context.spec.parameters.map(({ name }) => name);
    assert.deepEqual(
      context.spec.parameters.map(({ name, shape }) => `${name} ${shape}`),
      ["se.fc1.weight 2,4,1,1", "se.fc1.bias 2", "se.fc2.weight 4,2,1,1", "se.fc2.bias 4"],
    );
    graph.output("y", y);
    gradients(graph, sum, graph.inputs).forEach((gradient, index) => {
      assert.deepEqual(gradient.shape, graph.inputs[index]!.shape);
      graph.output(`d ${graph.inputs[index]!.name}`, gradient);
    });
    const feeds: Record<string, HostTensor> = { x: floatTensor(arrange(layout, x), shape) };
    for (const { name, shape } of context.spec.parameters) {
      assert.equal(weights[name]!.length, sizeOf(shape));
      feeds[name] = floatTensor(weights[name]!, shape);
    }
    const session = await Session.create(graph);
    const results = await session.run(feeds);
    await session.release();
    const floats = (name: string) => results[name]!.data as Float32Array;
    assertNear(arrange(layout, floats("y"), true), reference(x, weights), "y");
    assertNear(
      arrange(layout, floats("d x"), true),
      differences(x, (moved) => weightedSum(moved, weights)),
      "d x",
    );
    for (const name of names) {
      const expected = differences(
        weights[name]!,
        (moved) => weightedSum(x, { ...weights, [name]: moved }),
      );
      assertNear(floats(`d ${name}`), expected, `d ${name}`);
    }
  });
}
