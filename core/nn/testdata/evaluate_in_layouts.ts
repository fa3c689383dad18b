/**
 * Evaluates a layer and its gradients in either layout, for tests.
 *
 * @module
 */

import { gradients } from "../../autodiff/gradients.ts";
import { floatTensor, type HostTensor, Session } from "../../engine/session.ts";
import { mul, reduceSum, reshape } from "../../onnx/build.ts";
import { Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { simplify } from "../../onnx/passes/simplify.ts";
import { RandomStream } from "../../random.ts";
import { featureShape, type Layout } from "../layout.ts";
import { ModuleContext } from "../module_context.ts";

/** Size of a batch of maps. */
export interface MapsSize {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Numbers drawn from a name. */
export function numbersOf(name: string, count: number): Float32Array {
  const random = new RandomStream(5, name);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** Moves the batch of [B, numbers] to the end, or back. */
export function moveBatch(data: Float32Array, batch: number, toEnd: boolean): Float32Array {
  const each = data.length / batch;
  return data.map((_, index) =>
    toEnd
      ? data[index % batch * each + Math.floor(index / batch)]!
      : data[index % each * batch + Math.floor(index / each)]!
  );
}

/** A layer's output and gradients, all in the order of `nchw`. */
export interface EvaluatedLayer {
  readonly y: Float32Array;
  /** Size of the output. */
  readonly shape: readonly number[];
  /** Gradients of Σ y · weights, of the input `x` and of the parameters. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
  /** What the output is weighted with. */
  readonly weights: Float32Array;
  /** The parameters. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  readonly x: Float32Array;
}

/** Runs a layer on random maps with random parameters, the same in both layouts. */
export async function evaluateLayer(
  layout: Layout,
  size: MapsSize,
  build: (context: ModuleContext, x: Value) => Value,
): Promise<EvaluatedLayer> {
  const graph = new Graph("layer");
  const feeds: Record<string, HostTensor> = {};
  const parameters: Record<string, Float32Array> = {};
  const inputs = new Map<string, Value>();
  const context = new ModuleContext(graph, {
    layout,
    mode: "train",
    bind(_, { name, shape }) {
      parameters[name] = numbersOf(name, sizeOf(shape));
      feeds[name] = floatTensor(parameters[name], shape);
      const value = graph.input(name, "float32", shape);
      inputs.set(name, value);
      return value;
    },
  });
  const turn = (data: Float32Array, toEnd: boolean) =>
    layout === "nchw" ? data : moveBatch(data, size.batch, toEnd);
  const shape = featureShape(layout, size);
  const x = graph.input("x", "float32", shape);
  inputs.set("x", x);
  const images = numbersOf("x", sizeOf(shape));
  feeds["x"] = floatTensor(turn(images, true), shape);
  const y = build(context, x);
  const weights = numbersOf("weights", sizeOf(y.shape));
  const axes = y.shape.map((_, axis) => axis);
  const weighted = mul(graph, y, graph.input("weights", "float32", y.shape));
  feeds["weights"] = floatTensor(turn(weights, true), y.shape);
  const targets = [...inputs];
  const loss = reshape(graph, reduceSum(graph, weighted, axes), []);
  gradients(graph, loss, targets.map(([, value]) => value)).forEach((gradient, index) =>
    graph.output(`gradient ${targets[index]![0]}`, gradient)
  );
  graph.output("y", y);
  const session = await Session.create(simplify(graph));
  const outputs = await session.run(feeds);
  await session.release();
  const floats = (name: string) => outputs[name]!.data as Float32Array;
  const batchFirst = layout === "nchw" ? y.shape : [size.batch, ...y.shape.slice(1, -1)];
  return {
    y: turn(floats("y"), false),
    shape: batchFirst,
    gradients: Object.fromEntries(targets.map(([name]) => {
      const gradient = floats(`gradient ${name}`);
      return [name, name === "x" ? turn(gradient, false) : gradient];
    })),
    weights,
    parameters,
    x: images,
  };
}

/** Largest difference between two vectors. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Infinity;
  for (let index = 0; index < a.length; index++) {
    largest = Math.max(largest, Math.abs(a[index]! - b[index]!));
  }
  return largest;
}
