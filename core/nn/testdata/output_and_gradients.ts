/**
 * What two ways to write a layer must agree in.
 *
 * @module
 */

import assert from "node:assert/strict";
import { gradients } from "../../autodiff/gradients.ts";
import { floatTensor, type HostTensor, Session } from "../../engine/session.ts";
import { mul, reduceSum, reshape } from "../../onnx/build.ts";
import { Graph, sizeOf, type Value } from "../../onnx/graph.ts";
import { RandomStream } from "../../random.ts";

/** Fills an input. */
export type Fill = (random: RandomStream) => number;

/**
 * Output `y` of a function of the inputs and the gradients `d<name>` of Σ y · dy, with a random dy.
 */
export async function outputAndGradients(
  shapes: Readonly<Record<string, readonly number[]>>,
  build: (graph: Graph, ...inputs: Value[]) => Value,
  fill: Fill = (random) => random.normal(),
  options: ConstructorParameters<typeof Graph>[1] = {},
): Promise<Record<string, HostTensor>> {
  const graph = new Graph("layer", options);
  const names = Object.keys(shapes);
  const inputs = names.map((name) => graph.input(name, "float32", shapes[name]!));
  const y = build(graph, ...inputs);
  const random = new RandomStream(3);
  const feeds = Object.fromEntries(
    names.map((name) => [
      name,
      floatTensor(
        Float32Array.from({ length: sizeOf(shapes[name]!) }, () => fill(random)),
        shapes[name]!,
      ),
    ]),
  );
  const dy = graph.constant(
    "float32",
    y.shape,
    Float32Array.from({ length: sizeOf(y.shape) }, () => random.normal()),
  );
  const axes = y.shape.map((_, axis) => axis);
  const loss = reshape(graph, reduceSum(graph, mul(graph, y, dy), axes), []);
  gradients(graph, loss, inputs).forEach((gradient, index) =>
    graph.output(`d${names[index]!}`, gradient)
  );
  graph.output("y", y);
  const session = await Session.create(graph);
  const results = await session.run(feeds);
  await session.release();
  return results;
}

/** Every tensor of both, within a tolerance. */
export function assertSameTensors(
  actual: Record<string, HostTensor>,
  expected: Record<string, HostTensor>,
  tolerance: number,
): void {
  assert.deepEqual(Object.keys(actual).toSorted(), Object.keys(expected).toSorted());
  for (const name of Object.keys(expected)) {
    assert.deepEqual(actual[name]!.shape, expected[name]!.shape, name);
    const values = expected[name]!.data as Float32Array;
    (actual[name]!.data as Float32Array).forEach((value, index) =>
      assert(
        Math.abs(value - values[index]!) <= tolerance,
        `${name}[${index}]: ${value}, expected ${values[index]}`,
      )
    );
  }
}
